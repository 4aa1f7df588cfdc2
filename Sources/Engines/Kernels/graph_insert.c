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

// Keeps, nearest first, at most `most` of the `count` sorted candidates: each nearer to the node than to any kept
// before it, so that links lead in different directions. Answers how many; they stand at the beginning.
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

void prima_graph_link(
    prima_graph *graph, const prima_distance *distance, uint32_t layer, uint32_t from, prima_found to,
    prima_scratch *scratch
) {
    uint32_t *links = prima_links(graph, from, layer);
    const uint32_t places = prima_places(graph, layer);
    uint32_t count = 0;
    while (count < places && links[count] < graph->count) {
        if (links[count] == prima_number(to)) {
            return;
        }
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

void prima_graph_find(
    const prima_graph *graph, const prima_distance *distance, uint32_t number, size_t breadth, prima_scratch *scratch,
    prima_found *chosen
) {
    const uint32_t level = graph->levels[number];
    memset(chosen, 0xff, ((size_t)level + 1) * graph->degree * sizeof *chosen);
    if (graph->entry >= graph->count) {
        return;
    }
    prima_effort effort = { 0, 0 };
    const uint32_t height = graph->levels[graph->entry];
    const uint8_t *query = prima_row(graph, number);
    scratch->pool[0] = prima_graph_descend(graph, distance, query, level, scratch, &effort);
    size_t size = 1;
    for (uint32_t layer = level < height ? level : height;; layer--) {
        size = prima_graph_widen(graph, distance, query, layer, breadth, size, NULL, scratch, &effort);
        for (size_t i = 0; i < size; i++) {
            scratch->chosen[i] = scratch->pool[i] & ~1ull;
        }
        size_t count = choose(graph, distance, scratch->chosen, size, graph->degree);
        memcpy(chosen + (size_t)layer * graph->degree, scratch->chosen, count * sizeof *chosen);
        if (layer == 0) {
            return;
        }
    }
}

void prima_graph_place(prima_graph *graph, uint32_t number, const prima_found *chosen) {
    for (uint32_t layer = 0; layer <= graph->levels[number]; layer++, chosen += graph->degree) {
        uint32_t count = 0;
        while (count < graph->degree && chosen[count] != PRIMA_NOT_FOUND) {
            count++;
        }
        write(prima_links(graph, number, layer), prima_places(graph, layer), chosen, count);
    }
}

static inline int in(const uint64_t *set, uint32_t number) { return (set[number >> 6] >> (number & 63)) & 1; }

void prima_graph_mend(
    prima_graph *graph, const prima_distance *distance, uint32_t layer, uint32_t number, const uint64_t *removed,
    prima_scratch *scratch
) {
    uint32_t *links = prima_links(graph, number, layer);
    const uint32_t places = prima_places(graph, layer);
    uint32_t count = 0, lost = 0;
    for (; count < places && links[count] < graph->count; count++) {
        lost += (uint32_t)in(removed, links[count]);
    }
    if (lost == 0) {
        return;
    }
    // Those that stay, and in place of each that goes those it led to.
    size_t found = 0, most = (size_t)graph->ground_degree * 4;
    const uint8_t *row = prima_row(graph, number);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *from = in(removed, links[i]) ? prima_links(graph, links[i], layer) : links + i;
        uint32_t from_count = in(removed, links[i]) ? places : 1;
        for (uint32_t j = 0; j < from_count && from[j] < graph->count && found < most; j++) {
            uint32_t other = from[j];
            if (other == number || in(removed, other)) {
                continue;
            }
            float apart = distance->pair(row, prima_row(graph, other), graph->extent);
            scratch->chosen[found++] = prima_found_of(apart, other);
        }
    }
    sort(scratch->chosen, found);
    size_t unique = 0;
    for (size_t i = 0; i < found; i++) {
        if (unique == 0 || scratch->chosen[unique - 1] != scratch->chosen[i]) {
            scratch->chosen[unique++] = scratch->chosen[i];
        }
    }
    write(links, places, scratch->chosen, choose(graph, distance, scratch->chosen, unique, places));
}
