// Distances by NEON, which every 64-bit ARM has: four floats, sixteen bytes or 128 bits at a time.

#if defined(__aarch64__)

#include "distance_family.h"

#include <arm_neon.h>

#pragma STDC FP_CONTRACT OFF

// Eight times four lanes, folded by halves, as the portable path does it.
static inline float folded(float32x4_t sum[8]) {
    for (int half = 4; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) {
            sum[lane] = vaddq_f32(sum[lane], sum[lane + half]);
        }
    }
    float32x2_t two = vadd_f32(vget_low_f32(sum[0]), vget_high_f32(sum[0]));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

#define F32(name, term)                                                                                           \
    static inline float name(const void *left, const void *right, size_t extent) {                                \
        const float *p = left, *q = right;                                                                        \
        float32x4_t sum[8];                                                                                       \
        for (int lane = 0; lane < 8; lane++) {                                                                    \
            sum[lane] = vdupq_n_f32(0);                                                                           \
        }                                                                                                         \
        size_t i = 0;                                                                                             \
        for (; i + 32 <= extent; i += 32) {                                                                       \
            for (int lane = 0; lane < 8; lane++) {                                                                \
                float32x4_t a = vld1q_f32(p + i + 4 * lane), b = vld1q_f32(q + i + 4 * lane);                     \
                sum[lane] = vaddq_f32(sum[lane], term);                                                           \
            }                                                                                                     \
        }                                                                                                         \
        for (int lane = 0; i < extent; i += 4, lane++) {                                                          \
            float32x4_t a = vld1q_f32(p + i), b = vld1q_f32(q + i);                                               \
            sum[lane] = vaddq_f32(sum[lane], term);                                                               \
        }                                                                                                         \
        return folded(sum);                                                                                       \
    }

static inline float32x4_t square(float32x4_t x) { return vmulq_f32(x, x); }

F32(f32_square_neon, square(vsubq_f32(a, b)))
F32(f32_sum_neon, vabsq_f32(vsubq_f32(a, b)))
F32(f32_positive, vmulq_f32(a, b))

static inline float f32_dot_neon(const void *left, const void *right, size_t extent) {
    return -f32_positive(left, right, extent);
}

static inline float i8_square_neon(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t i = 0; i < extent; i += 16) {
        int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
        int16x8_t low = vsubl_s8(vget_low_s8(x), vget_low_s8(y)), high = vsubl_s8(vget_high_s8(x), vget_high_s8(y));
        sum = vmlal_s16(sum, vget_low_s16(low), vget_low_s16(low));
        sum = vmlal_s16(sum, vget_high_s16(low), vget_high_s16(low));
        sum = vmlal_s16(sum, vget_low_s16(high), vget_low_s16(high));
        sum = vmlal_s16(sum, vget_high_s16(high), vget_high_s16(high));
    }
    return (float)vaddvq_s32(sum);
}

static inline float i8_dot_neon(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t i = 0; i < extent; i += 16) {
        int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
        sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(x), vget_low_s8(y)));
        sum = vpadalq_s16(sum, vmull_s8(vget_high_s8(x), vget_high_s8(y)));
    }
    return (float)-vaddvq_s32(sum);
}

static inline float i8_sum_neon(const void *left, const void *right, size_t extent) {
    const int8_t *a = left, *b = right;
    uint32x4_t sum = vdupq_n_u32(0);
    for (size_t i = 0; i < extent; i += 16) {
        uint8x16_t apart = vreinterpretq_u8_s8(vabdq_s8(vld1q_s8(a + i), vld1q_s8(b + i)));
        sum = vpadalq_u16(sum, vpaddlq_u8(apart));
    }
    return (float)(int32_t)vaddvq_u32(sum);
}

static inline uint64_t differences(const uint64_t *a, const uint64_t *b, size_t words) {
    uint64x2_t sum = vdupq_n_u64(0);
    for (size_t i = 0; i < words; i += 2) {
        uint8x16_t apart = vreinterpretq_u8_u64(veorq_u64(vld1q_u64(a + i), vld1q_u64(b + i)));
        sum = vpadalq_u32(sum, vpaddlq_u16(vpaddlq_u8(vcntq_u8(apart))));
    }
    return vaddvq_u64(sum);
}

static inline float bits_neon(const void *a, const void *b, size_t extent) {
    return (float)differences(a, b, extent / 8);
}

void prima_bits_scan_neon(
    const uint64_t *queries, size_t query_count, const uint64_t *rows, size_t words, size_t count,
    uint32_t *distances
) {
    for (size_t row = 0; row < count; row++) {
        for (size_t query = 0; query < query_count; query++) {
            distances[query * count + row] = (uint32_t)differences(queries + query * words, rows + row * words, words);
        }
    }
}

#define NONE
PRIMA_FAMILY(NONE, f32_square_neon)
PRIMA_FAMILY(NONE, f32_dot_neon)
PRIMA_FAMILY(NONE, f32_sum_neon)
PRIMA_FAMILY(NONE, i8_square_neon)
PRIMA_FAMILY(NONE, i8_dot_neon)
PRIMA_FAMILY(NONE, i8_sum_neon)
PRIMA_FAMILY(NONE, bits_neon)

#endif
