// Distances between rows of numbers, one at a time and many at once, by the quickest instructions at hand.
//
// A row is `stride` bytes, a multiple of 64, filled up with zeros; `extent` counts the elements with their padding.
// Smaller is nearer. Every path gives the same bits: integers are exact, and floats are summed in one order (32
// lanes, no fused multiply-add, lanes folded by halves), so that an answer does not depend on the machine.

#ifndef PRIMA_CVECTORS_H
#define PRIMA_CVECTORS_H

#include <stddef.h>
#include <stdint.h>

enum prima_measure {
    prima_f32_square, // Σ (a − b)²
    prima_f32_dot,    // −Σ a · b
    prima_f32_sum,    // Σ |a − b|
    prima_i8_square,  // the same over signed bytes, −127 … 127
    prima_i8_dot,
    prima_i8_sum,
    prima_bits,       // bits that differ; extent counts bytes
    prima_measures
};

enum prima_path { prima_portable, prima_popcnt, prima_avx2, prima_avx512, prima_neon, prima_paths };

// What can be measured between rows: one pair; a query against rows by number; a query against rows in a run.
typedef struct prima_distance {
    float (*pair)(const void *a, const void *b, size_t extent);
    void (*gather)(
        const void *query, const uint8_t *rows, size_t stride, size_t extent, const uint32_t *numbers, size_t count,
        float *distances
    );
    void (*scan)(
        const void *query, const uint8_t *rows, size_t stride, size_t extent, size_t count, float *distances
    );
} prima_distance;

// The quickest path of this machine.
const prima_distance *prima_distance_of(enum prima_measure measure);
// One path; NULL where this machine, or this build, lacks it.
const prima_distance *prima_distance_by(enum prima_measure measure, enum prima_path path);

// round((values − centre) · scale) within ±127.
void prima_i8_encode(const float *values, const float *centre, float scale, size_t count, int8_t *bytes);

// Bits that differ between each of `queries` (1 … 16, in a run) and each of `count` rows: one pass over the rows,
// whose distances to query q stand from distances[q · count].
typedef void (*prima_bits_scan)(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
);
prima_bits_scan prima_bits_scan_of(void);
prima_bits_scan prima_bits_scan_by(enum prima_path path);

// The first place from `from` on whose distance is below the bound; `count` when there is none.
size_t prima_next_below(const uint32_t *distances, size_t from, size_t count, uint32_t bound);

// The bits that most of `count` rows have set. When `count` is even, `tie` is one row more; `words` is a multiple
// of 8.
void prima_bits_majority(
    const uint64_t *rows, size_t words, size_t count, const uint64_t *tie, uint64_t *majority
);
// Adds `weight` to the sum of every bit that is set in the row, and takes it from the sums of the others.
void prima_bits_weigh(const uint64_t *row, size_t words, int32_t weight, int32_t *sums);

// How many bits are set.
uint64_t prima_bits_count(const uint64_t *words, size_t count);

int prima_bits_wide_available(void);
void prima_bits_majority_portable(
    const uint64_t *rows, size_t words, size_t count, const uint64_t *tie, uint64_t *majority
);
void prima_bits_majority_wide(
    const uint64_t *rows, size_t words, size_t count, const uint64_t *tie, uint64_t *majority
);
void prima_bits_weigh_portable(const uint64_t *row, size_t words, int32_t weight, int32_t *sums);
void prima_bits_weigh_wide(const uint64_t *row, size_t words, int32_t weight, int32_t *sums);

#endif
