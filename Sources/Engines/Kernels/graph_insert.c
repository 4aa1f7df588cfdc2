// The insertion: a walk that remembers the nearest nodes of each layer, a choice among them, and links both ways.

#include "graph.h"

static void sort(prima_found *found, size_t count) {
    for (size_t i = 1; i < count; i++) {
        prima_found moved = found[i];
        size_t at = i;
        for (; at > 0 && found[at - 1] > moved; at--) {
            found[at] = found[at - 1];
        }
        found[at] = moved;
    }
}

// Keeps, nearest first, at most `most` of the `count` sorted candidates: each nearer to the node than to any kept before it,
// so that links lead in different directions. Answers how many; they stand at the beginning.
static size_t choose(
    const prima_graph *graph, const prima_distance *distance, prima_found *candidates, size_t count, size_t most
) {
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < most; i++) {
        prima_found candidate = candidates[i];
        const uint8_t *row = prima_row(graph, prima_number(candidate));
        float apart = prima_distance_in(candidate);
        int hidden = 0;
        for (size_t other = 0; other < kept && !hidden; other++) {
            const uint8_t *before = prima_row(graph, prima_number(candidates[other]));
            hidden = distance->pair(row, before, graph->extent) < apart;
        }
        if (!hidden) {
            candidates[kept++] = candidate;
        }
    }
    return kept;
}

static void write(uint32_t *links, uint32_t places, const prima_found *chosen, size_t count) {
    for (uint32_t i = 0; i < places; i++) {
        links[i] = i < count ? prima_number(chosen[i]) : PRIMA_NO_NODE;
    }
}

// Links `from` to `to`; when its places are full, chooses anew among all.
static void link_back(
    prima_graph *graph, const prima_distance *distance, uint32_t layer, uint32_t from, prima_found to,
    prima_scratch *scratch
) {
    uint32_t *links = prima_links(graph, from, layer);
    const uint32_t places = prima_places(graph, layer);
    uint32_t count = 0;
    while (count < places && links[count] < graph->count) {
        count++;
    }
    if (count < places) {
        links[count] = prima_number(to);
        return;
    }
    distance->gather(
        prima_row(graph, from), graph->rows, graph->stride, graph->extent, links, count, scratch->distances
    );
    prima_found *all = scratch->chosen;
    for (uint32_t i = 0; i < count; i++) {
        all[i] = prima_found_of(scratch->distances[i], links[i]);
    }
    all[count] = to;
    sort(all, count + 1);
    write(links, places, all, choose(graph, distance, all, count + 1, places));
}

void prima_graph_insert(
    prima_graph *graph, const prima_distance *distance, uint32_t number, size_t breadth, prima_scratch *scratch
) {
    prima_effort effort = { 0, 0 };
    uint32_t level = graph->levels[number];
    if (graph->entry >= graph->count) {
        graph->entry = number;
        return;
    }
    uint32_t height = graph->levels[graph->entry];
    const uint8_t *query = prima_row(graph, number);
    prima_found *pool = scratch->pool;
    pool[0] = prima_graph_descend(graph, distance, query, level, scratch, &effort);
    size_t size = 1;
    for (uint32_t layer = level < height ? level : height;; layer--) {
        size = prima_graph_widen(graph, distance, query, layer, breadth, size, NULL, scratch, &effort);
        prima_found chosen[256];
        size_t most = graph->degree < 256 ? graph->degree : 256;
        memcpy(scratch->chosen, pool, size * sizeof *pool);
        size_t count = choose(graph, distance, scratch->chosen, size, most);
        memcpy(chosen, scratch->chosen, count * sizeof *chosen);
        for (size_t i = 0; i < count; i++) {
            chosen[i] &= ~1ull;
        }
        write(prima_links(graph, number, layer), prima_places(graph, layer), chosen, count);
        for (size_t i = 0; i < count; i++) {
            prima_found to = (chosen[i] & ~0xffffffffull) | (uint64_t)(number << 1);
            link_back(graph, distance, layer, prima_number(chosen[i]), to, scratch);
        }
        if (layer == 0) {
            break;
        }
    }
    if (level > height) {
        graph->entry = number;
    }
}
