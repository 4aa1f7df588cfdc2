// What each instruction set makes of its `pair` functions: the loops over many rows.

#ifndef PRIMA_DISTANCE_FAMILY_H
#define PRIMA_DISTANCE_FAMILY_H

#include "CVectors.h"

// How many rows ahead of the one at work memory is asked for.
enum { prima_ahead = 4, prima_line = 64 };

static inline void prima_fetch(const uint8_t *row, size_t bytes) {
    for (size_t at = 0; at < bytes; at += prima_line) {
        __builtin_prefetch(row + at, 0, 3);
    }
}

#define PRIMA_FAMILY(TARGET, name)                                                                                \
    TARGET static void name##_gather(                                                                             \
        const void *query, const uint8_t *rows, size_t stride, size_t extent, const uint32_t *numbers,            \
        size_t count, float *distances                                                                            \
    ) {                                                                                                           \
        for (size_t i = 0; i < count; i++) {                                                                      \
            if (i + prima_ahead < count) {                                                                        \
                prima_fetch(rows + (size_t)numbers[i + prima_ahead] * stride, stride);                            \
            }                                                                                                     \
            distances[i] = name(query, rows + (size_t)numbers[i] * stride, extent);                               \
        }                                                                                                         \
    }                                                                                                             \
    TARGET static void name##_scan(                                                                               \
        const void *query, const uint8_t *rows, size_t stride, size_t extent, size_t count, float *distances      \
    ) {                                                                                                           \
        for (size_t i = 0; i < count; i++) {                                                                      \
            distances[i] = name(query, rows + i * stride, extent);                                                \
        }                                                                                                         \
    }                                                                                                             \
    const prima_distance prima_##name##_family = { name, name##_gather, name##_scan };

#define PRIMA_FAMILIES(path)                                                                                      \
    extern const prima_distance prima_f32_square_##path##_family, prima_f32_dot_##path##_family,                  \
        prima_f32_sum_##path##_family, prima_i8_square_##path##_family, prima_i8_dot_##path##_family,             \
        prima_i8_sum_##path##_family, prima_bits_##path##_family;                                                 \
    void prima_bits_scan_##path(                                                                                  \
        const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,            \
        uint32_t *distances                                                                                       \
    );

PRIMA_FAMILIES(portable)
PRIMA_FAMILIES(avx2)
PRIMA_FAMILIES(avx512)
PRIMA_FAMILIES(neon)

extern const prima_distance prima_bits_popcnt_family;
void prima_bits_scan_popcnt(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
);

#endif
