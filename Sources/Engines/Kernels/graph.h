// What the walk and the insertion share.

#ifndef PRIMA_GRAPH_INTERNAL_H
#define PRIMA_GRAPH_INTERNAL_H

#include "CGraph.h"

#include <string.h>

// A float as a number that sorts as it does; then the node; the lowest bit says that the node was expanded.
static inline prima_found prima_found_of(float distance, uint32_t number) {
    uint32_t bits;
    memcpy(&bits, &distance, sizeof bits);
    bits = (bits & 0x80000000u) ? ~bits : bits | 0x80000000u;
    return ((uint64_t)bits << 32) | (number << 1);
}

static inline uint32_t prima_number(prima_found found) { return (uint32_t)found >> 1; }

static inline float prima_distance_in(prima_found found) {
    uint32_t bits = (uint32_t)(found >> 32);
    bits = (bits & 0x80000000u) ? bits & 0x7fffffffu : ~bits;
    float distance;
    memcpy(&distance, &bits, sizeof distance);
    return distance;
}

static inline const uint8_t *prima_row(const prima_graph *graph, uint32_t number) {
    return graph->rows + (size_t)number * graph->stride;
}

static inline uint32_t *prima_links(const prima_graph *graph, uint32_t number, uint32_t layer) {
    return layer == 0 ? graph->ground + (size_t)number * graph->ground_degree
                      : graph->upper + (size_t)(graph->blocks[number] + layer - 1) * graph->degree;
}

static inline uint32_t prima_places(const prima_graph *graph, uint32_t layer) {
    return layer == 0 ? graph->ground_degree : graph->degree;
}

// Puts a found node in its place; answers that place, or `size` when it is too far for a full pool.
static inline size_t prima_put(prima_found *pool, size_t *size, size_t breadth, prima_found found) {
    if (*size == breadth && found >= pool[breadth - 1]) {
        return breadth;
    }
    size_t low = 0, high = *size;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pool[middle] < found) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t moved = (*size < breadth ? *size : breadth - 1) - low;
    memmove(pool + low + 1, pool + low, moved * sizeof *pool);
    pool[low] = found;
    *size += *size < breadth;
    return low;
}

// Walks greedily from `found` down to `layer`, that one not walked.
prima_found prima_graph_descend(
    const prima_graph *graph, const prima_distance *distance, const void *query, uint32_t layer,
    prima_scratch *scratch, prima_effort *effort
);

// Widens the `size` found nodes of the pool, in order, to the nearest `breadth` of a layer.
size_t prima_graph_widen(
    const prima_graph *graph, const prima_distance *distance, const void *query, uint32_t layer, size_t breadth,
    size_t size, const uint64_t *allowed, prima_scratch *scratch, prima_effort *effort
);

#endif
