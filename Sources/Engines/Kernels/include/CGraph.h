// A graph of near neighbours in layers (HNSW; Malkov and Yashunin, 2016): the walk through it, and the insertion of a node.
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

typedef struct prima_scratch {
    uint64_t *visited;   // a bit for each node, in whole words
    prima_found *pool;   // breadth + 1 places
    prima_found *chosen; // the larger of the breadth and ground_degree + 1
    uint32_t *numbers;   // 2 · ground_degree + 64
    float *distances;    // as many
} prima_scratch;

// Work done, for those who measure.
typedef struct prima_effort {
    uint64_t distances, expansions;
} prima_effort;

// The nearest nodes to `query`, at most `breadth`, nearest first in scratch->pool; answers how many.
//
// With `allowed` (a bit for each node) only such nodes are walked over and found: neighbours that are not allowed stand for their
// own neighbours. `seeds` are allowed nodes to begin at, besides the entry.
size_t prima_graph_search(
    const prima_graph *graph, const prima_distance *distance, const void *query, size_t breadth,
    const uint64_t *allowed, const uint32_t *seeds, size_t seed_count, prima_scratch *scratch, prima_effort *effort
);

// Links node `number`, whose row, level and block are in place and whose links are all PRIMA_NO_NODE.
// The entry moves up to it when it stands above all others.
void prima_graph_insert(
    prima_graph *graph, const prima_distance *distance, uint32_t number, size_t breadth, prima_scratch *scratch
);

uint32_t prima_found_number(prima_found found);
float prima_found_distance(prima_found found);

#endif
