// The walk: greedy through the upper layers, then a pool of the nearest nodes that widens until none of them leads
// on.

#include "graph.h"

static inline int seen(const uint64_t *set, uint32_t number) {
    return (set[number >> 6] >> (number & 63)) & 1;
}

static inline void mark(uint64_t *set, uint32_t number) { set[number >> 6] |= 1ull << (number & 63); }

static inline void fetch_row(const prima_graph *graph, uint32_t number) {
    const uint8_t *row = prima_row(graph, number);
    // The first lines; the machine's own prefetcher follows with the rest of a long row.
    size_t bytes = graph->stride < 512 ? graph->stride : 512;
    for (size_t at = 0; at < bytes; at += 64) {
        __builtin_prefetch(row + at, 0, 3);
    }
}

static inline void fetch_links(const prima_graph *graph, uint32_t number) {
    const uint32_t *links = prima_links(graph, number, 0);
    for (uint32_t at = 0; at < graph->ground_degree; at += 16) {
        __builtin_prefetch(links + at, 0, 3);
    }
}

prima_found prima_graph_descend(
    const prima_graph *graph, const prima_distance *distance, const void *query, uint32_t layer,
    prima_scratch *scratch, prima_effort *effort
) {
    uint32_t best = graph->entry;
    prima_found found = prima_found_of(distance->pair(query, prima_row(graph, best), graph->extent), best);
    for (uint32_t above = graph->levels[best]; above > layer; above--) {
        for (int better = 1; better;) {
            better = 0;
            const uint32_t *links = prima_links(graph, best, above);
            size_t count = 0;
            while (count < graph->degree && links[count] < graph->count) {
                scratch->numbers[count] = links[count];
                fetch_row(graph, links[count]);
                count++;
            }
            distance->gather(
                query, graph->rows, graph->stride, graph->extent, scratch->numbers, count, scratch->distances
            );
            effort->distances += count;
            for (size_t i = 0; i < count; i++) {
                prima_found other = prima_found_of(scratch->distances[i], scratch->numbers[i]);
                if (other < found) {
                    found = other;
                    better = 1;
                }
            }
            best = prima_number(found);
        }
    }
    return found;
}

// The neighbours of a node that were not seen yet.
static inline size_t unseen(
    const prima_graph *graph, const uint32_t *links, uint32_t places, prima_scratch *scratch
) {
    size_t count = 0;
    for (uint32_t i = 0; i < places && links[i] < graph->count; i++) {
        uint32_t number = links[i];
        if (!seen(scratch->visited, number)) {
            mark(scratch->visited, number);
            fetch_row(graph, number);
            scratch->numbers[count++] = number;
        }
    }
    return count;
}

// The same among allowed nodes: first the neighbours, then theirs in place of those that are not allowed,
// until as many are found as a node has places.
static inline size_t unseen_allowed(
    const prima_graph *graph, const uint32_t *links, const uint64_t *allowed, prima_scratch *scratch
) {
    const uint32_t places = graph->ground_degree;
    uint32_t *numbers = scratch->numbers, *bridges = numbers + places + 32;
    size_t count = 0, bridge_count = 0;
    for (uint32_t i = 0; i < places && links[i] < graph->count; i++) {
        uint32_t number = links[i];
        if (seen(scratch->visited, number)) {
            continue;
        }
        mark(scratch->visited, number);
        if (seen(allowed, number)) {
            fetch_row(graph, number);
            numbers[count++] = number;
        } else {
            fetch_links(graph, number);
            bridges[bridge_count++] = number;
        }
    }
    for (size_t bridge = 0; bridge < bridge_count && count < places; bridge++) {
        const uint32_t *over = prima_links(graph, bridges[bridge], 0);
        for (uint32_t i = 0; i < places && over[i] < graph->count && count < places; i++) {
            uint32_t number = over[i];
            if (seen(allowed, number) && !seen(scratch->visited, number)) {
                mark(scratch->visited, number);
                fetch_row(graph, number);
                numbers[count++] = number;
            }
        }
    }
    return count;
}

size_t prima_graph_widen(
    const prima_graph *graph, const prima_distance *distance, const void *query, uint32_t layer, size_t breadth,
    size_t size, const uint64_t *allowed, prima_scratch *scratch, prima_effort *effort
) {
    prima_found *pool = scratch->pool;
    const uint32_t places = prima_places(graph, layer);
    memset(scratch->visited, 0, ((size_t)graph->count + 63) / 64 * sizeof *scratch->visited);
    for (size_t i = 0; i < size; i++) {
        pool[i] &= ~1ull;
        mark(scratch->visited, prima_number(pool[i]));
    }
    for (size_t next = 0; next < size;) {
        if (pool[next] & 1) {
            next++;
            continue;
        }
        pool[next] |= 1;
        effort->expansions++;
        const uint32_t *links = prima_links(graph, prima_number(pool[next]), layer);
        size_t count = allowed ? unseen_allowed(graph, links, allowed, scratch) : unseen(graph, links, places, scratch);
        distance->gather(
            query, graph->rows, graph->stride, graph->extent, scratch->numbers, count, scratch->distances
        );
        effort->distances += count;
        size_t nearest = next + 1;
        for (size_t i = 0; i < count; i++) {
            size_t at = prima_put(pool, &size, breadth, prima_found_of(scratch->distances[i], scratch->numbers[i]));
            nearest = at < nearest ? at : nearest;
        }
        next = nearest;
        if (layer == 0 && next < size) {
            fetch_links(graph, prima_number(pool[next]));
        }
    }
    return size;
}

size_t prima_graph_search(
    const prima_graph *graph, const prima_distance *distance, const void *query, size_t breadth,
    const uint64_t *allowed, const uint32_t *seeds, size_t seed_count, prima_scratch *scratch, prima_effort *effort
) {
    if (graph->entry >= graph->count || breadth == 0) {
        return 0;
    }
    prima_found *pool = scratch->pool;
    size_t size = 1;
    pool[0] = prima_graph_descend(graph, distance, query, 0, scratch, effort);
    for (size_t i = 0; i < seed_count; i++) {
        // A seed may be where the descent ended, or be named twice: it is found once.
        prima_found found = prima_found_of(distance->pair(query, prima_row(graph, seeds[i]), graph->extent), seeds[i]);
        int known = 0;
        for (size_t place = 0; place < size; place++) {
            known |= pool[place] == found;
        }
        if (!known) {
            (void)prima_put(pool, &size, breadth, found);
        }
    }
    effort->distances += seed_count;
    size = prima_graph_widen(graph, distance, query, 0, breadth, size, allowed, scratch, effort);
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (!allowed || seen(allowed, prima_number(pool[i]))) {
            pool[kept++] = pool[i] & ~1ull;
        }
    }
    return kept;
}

prima_found prima_found_make(float distance, uint32_t number) { return prima_found_of(distance, number); }
uint32_t prima_found_number(prima_found found) { return prima_number(found); }
float prima_found_distance(prima_found found) { return prima_distance_in(found); }
