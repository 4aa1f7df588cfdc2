// CRC-32C on x86-64: the SSE4.2 instruction over three interleaved lanes, joined by a carry-less multiplication.
//
// The instruction takes three cycles and one can start in each, so that one stream alone uses a third of it.

#if defined(__x86_64__)

#include "CKernels.h"

#include <cpuid.h>
#include <nmmintrin.h>
#include <string.h>
#include <wmmintrin.h>

#define HARDWARE __attribute__((target("sse4.2,pclmul")))

int prima_crc32c_hardware_available(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) && (c & bit_PCLMUL);
}

HARDWARE static inline uint64_t load(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// What `crc` becomes when as many zero bits follow as `factor` says: factor = x^(bits - 33) mod P, lowest bit first.
// The instruction multiplies by x^32 and takes the remainder; the product of two reflected numbers is off by one bit.
HARDWARE static inline uint64_t shifted(uint64_t crc, uint32_t factor) {
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc), _mm_cvtsi32_si128((int)factor), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

// Three lanes of `lane` bytes each; `once` and `twice` shift by one lane and by two.
HARDWARE static inline uint64_t lanes(
    uint64_t crc, const uint8_t *next, size_t lane, uint32_t once, uint32_t twice
) {
    uint64_t second = 0, third = 0;
    for (size_t at = 0; at < lane; at += 8) {
        crc = _mm_crc32_u64(crc, load(next + at));
        second = _mm_crc32_u64(second, load(next + lane + at));
        third = _mm_crc32_u64(third, load(next + 2 * lane + at));
    }
    return shifted(crc, twice) ^ shifted(second, once) ^ third;
}

HARDWARE uint32_t prima_crc32c_hardware(uint32_t seed, const void *bytes, size_t count) {
    enum { large = 2048, small = 128 };
    const uint8_t *next = bytes;
    uint64_t crc = (uint32_t)~seed;
    for (; count >= 3 * large; next += 3 * large, count -= 3 * large) {
        crc = lanes(crc, next, large, 0xa51b6135, 0x82f89c77);
    }
    for (; count >= 3 * small; next += 3 * small, count -= 3 * small) {
        crc = lanes(crc, next, small, 0x0d3b6092, 0xb9e02b86);
    }
    for (; count >= 8; next += 8, count -= 8) {
        crc = _mm_crc32_u64(crc, load(next));
    }
    if (count & 4) {
        uint32_t word;
        memcpy(&word, next, sizeof word);
        crc = _mm_crc32_u32((uint32_t)crc, word);
        next += 4;
    }
    for (count &= 3; count > 0; next++, count--) {
        crc = _mm_crc32_u8((uint32_t)crc, *next);
    }
    return ~(uint32_t)crc;
}

#endif
