// Distances without any instruction of a special set; and the definition that all the others must equal.

#include "distance_family.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { lanes = 32 };

static inline float folded(float sum[lanes]) {
    for (int half = lanes / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) {
            sum[lane] = sum[lane] + sum[lane + half];
        }
    }
    return sum[0];
}

#define F32(name, term)                                                                                           \
    static float name(const void *left, const void *right, size_t extent) {                                       \
        const float *a = left, *b = right;                                                                        \
        float sum[lanes] = { 0 };                                                                                 \
        for (size_t i = 0; i < extent; i++) {                                                                     \
            float value = term;                                                                                   \
            sum[i % lanes] = sum[i % lanes] + value;                                                              \
        }                                                                                                         \
        return folded(sum);                                                                                       \
    }

static inline float square(float x) { return x * x; }

F32(f32_square_portable, square(a[i] - b[i]))
F32(f32_sum_portable, __builtin_fabsf(a[i] - b[i]))
F32(f32_positive, a[i] * b[i])

static float f32_dot_portable(const void *left, const void *right, size_t extent) {
    return -f32_positive(left, right, extent);
}

#define I8(name, term, sign)                                                                                      \
    static float name(const void *left, const void *right, size_t extent) {                                       \
        const int8_t *a = left, *b = right;                                                                       \
        int32_t sum = 0;                                                                                          \
        for (size_t i = 0; i < extent; i++) {                                                                     \
            int32_t x = a[i], y = b[i];                                                                           \
            sum += term;                                                                                          \
        }                                                                                                         \
        return (float)(sign sum);                                                                                 \
    }

I8(i8_square_portable, (x - y) * (x - y), +)
I8(i8_dot_portable, x * y, -)
I8(i8_sum_portable, x > y ? x - y : y - x, +)

// Bits that are set, in parallel: by pairs, fours, eights.
static inline uint64_t ones(uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    return (((word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u) >> 56;
}

static uint64_t differing(const uint64_t *a, const uint64_t *b, size_t words) {
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++) {
        sum += ones(a[i] ^ b[i]);
    }
    return sum;
}

static float bits_portable(const void *a, const void *b, size_t extent) {
    return (float)differing(a, b, extent / 8);
}

void prima_bits_scan_portable(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
) {
    for (size_t row = 0; row < count; row++) {
        for (size_t query = 0; query < query_count; query++) {
            distances[query * count + row] = (uint32_t)differing(queries + query * words, rows + row * words, words);
        }
    }
}

#define NONE
PRIMA_FAMILY(NONE, f32_square_portable)
PRIMA_FAMILY(NONE, f32_dot_portable)
PRIMA_FAMILY(NONE, f32_sum_portable)
PRIMA_FAMILY(NONE, i8_square_portable)
PRIMA_FAMILY(NONE, i8_dot_portable)
PRIMA_FAMILY(NONE, i8_sum_portable)
PRIMA_FAMILY(NONE, bits_portable)
