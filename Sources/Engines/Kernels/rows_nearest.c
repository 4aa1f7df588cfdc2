// The scan: every row, or every allowed row, once.

#include "graph.h"

enum { batch = 256 };

static size_t take(
    const uint32_t *numbers, size_t first, const float *distances, size_t count, size_t breadth, size_t size,
    prima_found *pool
) {
    for (size_t i = 0; i < count; i++) {
        uint32_t number = numbers ? numbers[i] : (uint32_t)(first + i);
        (void)prima_put(pool, &size, breadth, prima_found_of(distances[i], number));
    }
    return size;
}

size_t prima_rows_nearest(
    const prima_graph *graph, const prima_distance *distance, const void *query, size_t breadth,
    const uint64_t *allowed, prima_scratch *scratch
) {
    size_t size = 0;
    if (breadth == 0) {
        return 0;
    }
    if (!allowed) {
        for (size_t first = 0; first < graph->count; first += batch) {
            size_t count = graph->count - first < batch ? graph->count - first : batch;
            distance->scan(
                query, graph->rows + first * graph->stride, graph->stride, graph->extent, count, scratch->distances
            );
            size = take(NULL, first, scratch->distances, count, breadth, size, scratch->pool);
        }
        return size;
    }
    size_t waiting = 0, words = ((size_t)graph->count + 63) / 64;
    for (size_t word = 0; word < words; word++) {
        uint64_t rest = allowed[word];
        if (word == words - 1 && graph->count % 64 != 0) {
            rest &= (1ull << (graph->count % 64)) - 1;
        }
        for (; rest != 0; rest &= rest - 1) {
            scratch->numbers[waiting++] = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(rest));
        }
        if (waiting > batch - 64 || word == words - 1) {
            distance->gather(
                query, graph->rows, graph->stride, graph->extent, scratch->numbers, waiting, scratch->distances
            );
            size = take(scratch->numbers, 0, scratch->distances, waiting, breadth, size, scratch->pool);
            waiting = 0;
        }
    }
    return size;
}
