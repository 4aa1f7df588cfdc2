// Distances by AVX-512: sixteen floats, thirty-two widened bytes or 512 bits at a time.

#if defined(__x86_64__)

#include "distance_family.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512vpopcntdq")))
#pragma STDC FP_CONTRACT OFF

// Lanes 0 … 15 and 16 … 31, folded by halves, as the portable path does it.
AVX512 static inline float folded(__m512 low, __m512 high) {
    __m512 sum = _mm512_add_ps(low, high);
    __m256 eight = _mm256_add_ps(
        _mm512_castps512_ps256(sum), _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sum), 1))
    );
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#define F32(name, term)                                                                                           \
    AVX512 static inline float name(const void *left, const void *right, size_t extent) {                         \
        const float *p = left, *q = right;                                                                        \
        __m512 low = _mm512_setzero_ps(), high = _mm512_setzero_ps();                                             \
        size_t i = 0;                                                                                             \
        for (; i + 32 <= extent; i += 32) {                                                                       \
            { __m512 a = _mm512_loadu_ps(p + i), b = _mm512_loadu_ps(q + i); low = _mm512_add_ps(low, term); }    \
            { __m512 a = _mm512_loadu_ps(p + i + 16), b = _mm512_loadu_ps(q + i + 16);                            \
              high = _mm512_add_ps(high, term); }                                                                 \
        }                                                                                                         \
        if (i < extent) {                                                                                         \
            __m512 a = _mm512_loadu_ps(p + i), b = _mm512_loadu_ps(q + i);                                        \
            low = _mm512_add_ps(low, term);                                                                       \
        }                                                                                                         \
        return folded(low, high);                                                                                 \
    }

AVX512 static inline __m512 square(__m512 x) { return _mm512_mul_ps(x, x); }

F32(f32_square_avx512, square(_mm512_sub_ps(a, b)))
F32(f32_sum_avx512, _mm512_abs_ps(_mm512_sub_ps(a, b)))
F32(f32_positive, _mm512_mul_ps(a, b))

AVX512 static inline float f32_dot_avx512(const void *left, const void *right, size_t extent) {
    return -f32_positive(left, right, extent);
}

AVX512 static inline __m512i widened(const int8_t *bytes) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)bytes));
}

AVX512 static inline float i8_square_avx512(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
    for (size_t i = 0; i < extent; i += 64) {
        __m512i x = _mm512_sub_epi16(widened(a + i), widened(b + i));
        __m512i y = _mm512_sub_epi16(widened(a + i + 32), widened(b + i + 32));
        low = _mm512_dpwssd_epi32(low, x, x);
        high = _mm512_dpwssd_epi32(high, y, y);
    }
    return (float)_mm512_reduce_add_epi32(_mm512_add_epi32(low, high));
}

AVX512 static inline float i8_dot_avx512(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
    for (size_t i = 0; i < extent; i += 64) {
        low = _mm512_dpwssd_epi32(low, widened(a + i), widened(b + i));
        high = _mm512_dpwssd_epi32(high, widened(a + i + 32), widened(b + i + 32));
    }
    return (float)-_mm512_reduce_add_epi32(_mm512_add_epi32(low, high));
}

AVX512 static inline float i8_sum_avx512(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    const __m512i bias = _mm512_set1_epi8((char)0x80);
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < extent; i += 64) {
        __m512i x = _mm512_xor_si512(_mm512_loadu_si512(a + i), bias);
        __m512i y = _mm512_xor_si512(_mm512_loadu_si512(b + i), bias);
        sum = _mm512_add_epi64(sum, _mm512_sad_epu8(x, y));
    }
    return (float)(int32_t)_mm512_reduce_add_epi64(sum);
}

AVX512 static inline __m512i differing(const uint64_t *a, const uint64_t *b) {
    return _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(a), _mm512_loadu_si512(b)));
}

AVX512 static inline uint64_t differences(const uint64_t *a, const uint64_t *b, size_t words) {
    __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 16 <= words; i += 16) {
        low = _mm512_add_epi64(low, differing(a + i, b + i));
        high = _mm512_add_epi64(high, differing(a + i + 8, b + i + 8));
    }
    if (i < words) {
        low = _mm512_add_epi64(low, differing(a + i, b + i));
    }
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(low, high));
}

AVX512 static inline float bits_avx512(const void *a, const void *b, size_t extent) {
    return (float)differences(a, b, extent / 8);
}

// 2048 bits, the common size: the query stays in four registers.
AVX512 static void scan_four(const uint64_t *query, const uint64_t *rows, size_t count, uint32_t *distances) {
    __m512i q0 = _mm512_loadu_si512(query), q1 = _mm512_loadu_si512(query + 8);
    __m512i q2 = _mm512_loadu_si512(query + 16), q3 = _mm512_loadu_si512(query + 24);
    for (size_t row = 0; row < count; row++, rows += 32) {
        __m512i a = _mm512_popcnt_epi64(_mm512_xor_si512(q0, _mm512_loadu_si512(rows)));
        __m512i b = _mm512_popcnt_epi64(_mm512_xor_si512(q1, _mm512_loadu_si512(rows + 8)));
        __m512i c = _mm512_popcnt_epi64(_mm512_xor_si512(q2, _mm512_loadu_si512(rows + 16)));
        __m512i d = _mm512_popcnt_epi64(_mm512_xor_si512(q3, _mm512_loadu_si512(rows + 24)));
        __m512i sum = _mm512_add_epi64(_mm512_add_epi64(a, b), _mm512_add_epi64(c, d));
        distances[row] = (uint32_t)_mm512_reduce_add_epi64(sum);
    }
}

AVX512 void prima_bits_scan_avx512(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
) {
    if (words == 32) {
        // A block of rows stays in the first cache while each query passes over it.
        for (size_t from = 0; from < count; from += 64) {
            size_t block = count - from < 64 ? count - from : 64;
            for (size_t query = 0; query < query_count; query++) {
                scan_four(queries + query * 32, rows + from * 32, block, distances + query * count + from);
            }
        }
        return;
    }
    for (size_t row = 0; row < count; row++) {
        for (size_t query = 0; query < query_count; query++) {
            distances[query * count + row] = (uint32_t)differences(queries + query * words, rows + row * words, words);
        }
    }
}

PRIMA_FAMILY(AVX512, f32_square_avx512)
PRIMA_FAMILY(AVX512, f32_dot_avx512)
PRIMA_FAMILY(AVX512, f32_sum_avx512)
PRIMA_FAMILY(AVX512, i8_square_avx512)
PRIMA_FAMILY(AVX512, i8_dot_avx512)
PRIMA_FAMILY(AVX512, i8_sum_avx512)
PRIMA_FAMILY(AVX512, bits_avx512)

#endif
