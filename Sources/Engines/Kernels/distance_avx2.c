// Distances by AVX2: eight floats, sixteen widened bytes or 256 bits at a time; and bits by the popcnt instruction.

#if defined(__x86_64__)

#include "distance_family.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,popcnt")))
#define POPCNT __attribute__((target("popcnt")))
#pragma STDC FP_CONTRACT OFF

// Four times eight lanes, folded by halves, as the portable path does it.
AVX2 static inline float folded(const __m256 sum[4]) {
    __m256 eight = _mm256_add_ps(_mm256_add_ps(sum[0], sum[2]), _mm256_add_ps(sum[1], sum[3]));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#define F32(name, term)                                                                                           \
    AVX2 static inline float name(const void *left, const void *right, size_t extent) {                           \
        const float *p = left, *q = right;                                                                        \
        __m256 sum[4] = { _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps() };   \
        size_t i = 0;                                                                                             \
        for (; i + 32 <= extent; i += 32) {                                                                       \
            for (int lane = 0; lane < 4; lane++) {                                                                \
                __m256 a = _mm256_loadu_ps(p + i + 8 * lane), b = _mm256_loadu_ps(q + i + 8 * lane);              \
                sum[lane] = _mm256_add_ps(sum[lane], term);                                                       \
            }                                                                                                     \
        }                                                                                                         \
        for (int lane = 0; i < extent; i += 8, lane++) {                                                          \
            __m256 a = _mm256_loadu_ps(p + i), b = _mm256_loadu_ps(q + i);                                        \
            sum[lane] = _mm256_add_ps(sum[lane], term);                                                           \
        }                                                                                                         \
        return folded(sum);                                                                                       \
    }

AVX2 static inline __m256 square(__m256 x) { return _mm256_mul_ps(x, x); }
AVX2 static inline __m256 magnitude(__m256 x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }

F32(f32_square_avx2, square(_mm256_sub_ps(a, b)))
F32(f32_sum_avx2, magnitude(_mm256_sub_ps(a, b)))
F32(f32_positive, _mm256_mul_ps(a, b))

AVX2 static inline float f32_dot_avx2(const void *left, const void *right, size_t extent) {
    return -f32_positive(left, right, extent);
}

AVX2 static inline __m256i widened(const int8_t *bytes) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)bytes));
}

AVX2 static inline int32_t total(__m256i sum) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

AVX2 static inline float i8_square_avx2(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
    for (size_t i = 0; i < extent; i += 32) {
        __m256i x = _mm256_sub_epi16(widened(a + i), widened(b + i));
        __m256i y = _mm256_sub_epi16(widened(a + i + 16), widened(b + i + 16));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(x, x));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(y, y));
    }
    return (float)total(_mm256_add_epi32(low, high));
}

AVX2 static inline float i8_dot_avx2(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
    for (size_t i = 0; i < extent; i += 32) {
        low = _mm256_add_epi32(low, _mm256_madd_epi16(widened(a + i), widened(b + i)));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(widened(a + i + 16), widened(b + i + 16)));
    }
    return (float)-total(_mm256_add_epi32(low, high));
}

AVX2 static inline float i8_sum_avx2(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    const __m256i bias = _mm256_set1_epi8((char)0x80);
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < extent; i += 32) {
        __m256i x = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(a + i)), bias);
        __m256i y = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(b + i)), bias);
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(x, y));
    }
    return (float)total(sum);
}

// Bits set per 64-bit lane, by a table of sixteen.
AVX2 static inline __m256i ones(__m256i bits) {
    const __m256i table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4
    );
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble));
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

AVX2 static inline uint64_t differences(const uint64_t *a, const uint64_t *b, size_t words) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < words; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(a + i));
        __m256i y = _mm256_loadu_si256((const __m256i *)(b + i));
        sum = _mm256_add_epi64(sum, ones(_mm256_xor_si256(x, y)));
    }
    return (uint32_t)total(sum);
}

AVX2 static inline float bits_avx2(const void *a, const void *b, size_t extent) {
    return (float)differences(a, b, extent / 8);
}

AVX2 void prima_bits_scan_avx2(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
) {
    for (size_t row = 0; row < count; row++) {
        for (size_t query = 0; query < query_count; query++) {
            distances[query * count + row] = (uint32_t)differences(queries + query * words, rows + row * words, words);
        }
    }
}

POPCNT static inline uint64_t counted(const uint64_t *a, const uint64_t *b, size_t words) {
    uint64_t sum[4] = { 0 };
    for (size_t i = 0; i < words; i += 4) {
        for (int lane = 0; lane < 4; lane++) {
            sum[lane] += (uint64_t)__builtin_popcountll(a[i + lane] ^ b[i + lane]);
        }
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

POPCNT static inline float bits_popcnt(const void *a, const void *b, size_t extent) {
    return (float)counted(a, b, extent / 8);
}

POPCNT void prima_bits_scan_popcnt(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
) {
    for (size_t row = 0; row < count; row++) {
        for (size_t query = 0; query < query_count; query++) {
            distances[query * count + row] = (uint32_t)counted(queries + query * words, rows + row * words, words);
        }
    }
}

PRIMA_FAMILY(AVX2, f32_square_avx2)
PRIMA_FAMILY(AVX2, f32_dot_avx2)
PRIMA_FAMILY(AVX2, f32_sum_avx2)
PRIMA_FAMILY(AVX2, i8_square_avx2)
PRIMA_FAMILY(AVX2, i8_dot_avx2)
PRIMA_FAMILY(AVX2, i8_sum_avx2)
PRIMA_FAMILY(AVX2, bits_avx2)
PRIMA_FAMILY(POPCNT, bits_popcnt)

#endif
