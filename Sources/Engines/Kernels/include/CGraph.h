// A graph of near neighbours in layers (HNSW; Malkov and Yashunin, 2016): the walk through it, and the insertion of
// a node.
//
// All memory is the caller's. The walk trusts no link: a number outside the graph is passed over.

#ifndef PRIMA_CGRAPH_H
#define PRIMA_CGRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "CVectors.h"

// Fills the places of a node that have no link; and stands for no node.
#define PRIMA_NO_NODE UINT32_MAX

// The number of a node takes 31 bits.
typedef struct prima_graph {
    const uint8_t *rows; // row i at i · stride
    size_t stride, extent;
    uint32_t *ground;       // the links in layer 0: `ground_degree` places a node
    uint32_t *upper;        // the links above: blocks of `degree` places, a block for each layer of a node
    const uint32_t *blocks; // the first block of a node; read for nodes above layer 0 only
    const uint8_t *levels;  // the top layer of a node
    uint32_t ground_degree, degree;
    uint32_t count;
    uint32_t entry; // where walks begin, or PRIMA_NO_NODE
} prima_graph;

// A found node: its distance in the upper half, so that numbers sort as distances do; 2 · its number below.
typedef uint64_t prima_found;
#define PRIMA_NOT_FOUND UINT64_MAX

typedef struct prima_scratch {
    uint64_t *visited;   // a bit for each node, in whole words
    prima_found *pool;   // breadth + 1 places
    prima_found *chosen; // the larger of the breadth and 4 · ground_degree
    uint32_t *numbers;   // 2 · ground_degree + 256
    float *distances;    // as many
} prima_scratch;

// Work done, for those who measure.
typedef struct prima_effort {
    uint64_t distances, expansions;
} prima_effort;

// The nearest nodes to `query`, at most `breadth`, nearest first in scratch->pool; answers how many.
//
// With `allowed` (a bit for each node) only such nodes are walked over and found: neighbours that are not allowed
// stand for their own neighbours. `seeds` are allowed nodes to begin at, besides the entry.
size_t prima_graph_search(
    const prima_graph *graph, const prima_distance *distance, const void *query, size_t breadth,
    const uint64_t *allowed, const uint32_t *seeds, size_t seed_count, prima_scratch *scratch, prima_effort *effort
);

// The insertion of a node, whose row, level and block are in place, in three steps, so that many nodes can search
// at once and the result does not depend on how many threads did it: 1. what it shall link to, `degree` places for
// each of its layers, filled with PRIMA_NOT_FOUND; only reads the graph;
void prima_graph_find(
    const prima_graph *graph, const prima_distance *distance, uint32_t number, size_t breadth, prima_scratch *scratch,
    prima_found *chosen
);
// 2. its own links;
void prima_graph_place(prima_graph *graph, uint32_t number, const prima_found *chosen);
// 3. a link back from one that it links to. When the places of `from` are full, it chooses anew among all. Writes
// the links of
//    `from` in this layer and nothing else.
void prima_graph_link(
    prima_graph *graph, const prima_distance *distance, uint32_t layer, uint32_t from, prima_found to,
    prima_scratch *scratch
);

// Replaces the links of a node that lead to removed nodes by the best of what those led to. A removed node still
// has its links while its neighbours are mended.
void prima_graph_mend(
    prima_graph *graph, const prima_distance *distance, uint32_t layer, uint32_t number, const uint64_t *removed,
    prima_scratch *scratch
);

// The nearest rows below graph->count without the graph: of all, or of those allowed. Reads every one of them once.
size_t prima_rows_nearest(
    const prima_graph *graph, const prima_distance *distance, const void *query, size_t breadth,
    const uint64_t *allowed, prima_scratch *scratch
);

prima_found prima_found_make(float distance, uint32_t number);
uint32_t prima_found_number(prima_found found);
float prima_found_distance(prima_found found);

#endif
