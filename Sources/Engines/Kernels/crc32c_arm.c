// CRC-32C on 64-bit ARM: the CRC instructions of ARMv8 over three interleaved lanes; and a path for all others.

#if defined(__aarch64__)

#include "CKernels.h"

#include <arm_acle.h>
#include <string.h>
#include <sys/auxv.h>

#define HARDWARE __attribute__((target("crc")))

int prima_crc32c_hardware_available(void) {
    const unsigned long crc32 = 1ul << 7; // HWCAP_CRC32
    return (getauxval(AT_HWCAP) & crc32) != 0;
}

// crc · factor mod P, all lowest bit first. Thirty-two steps: bearable once in many kilobytes.
static uint32_t multiplied(uint32_t crc, uint32_t factor) {
    uint32_t product = 0;
    for (int bit = 31; bit >= 0; bit--) {
        product ^= factor & (0u - ((crc >> bit) & 1u));
        factor = (factor >> 1) ^ (0x82f63b78u & (0u - (factor & 1u)));
    }
    return product;
}

HARDWARE static inline uint64_t load(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

HARDWARE uint32_t prima_crc32c_hardware(uint32_t seed, const void *bytes, size_t count) {
    enum { lane = 8192 };
    const uint32_t once = 0x28461564, twice = 0xbf455269; // x^(8 · lane) and x^(16 · lane) mod P
    const uint8_t *next = bytes;
    uint32_t crc = ~seed;
    for (; count >= 3 * lane; next += 3 * lane, count -= 3 * lane) {
        uint32_t second = 0, third = 0;
        for (size_t at = 0; at < lane; at += 8) {
            crc = __crc32cd(crc, load(next + at));
            second = __crc32cd(second, load(next + lane + at));
            third = __crc32cd(third, load(next + 2 * lane + at));
        }
        crc = multiplied(crc, twice) ^ multiplied(second, once) ^ third;
    }
    for (; count >= 8; next += 8, count -= 8) {
        crc = __crc32cd(crc, load(next));
    }
    for (; count > 0; next++, count--) {
        crc = __crc32cb(crc, *next);
    }
    return ~crc;
}

#elif !defined(__x86_64__)

#include "CKernels.h"

int prima_crc32c_hardware_available(void) { return 0; }

uint32_t prima_crc32c_hardware(uint32_t seed, const void *bytes, size_t count) {
    return prima_crc32c_portable(seed, bytes, count);
}

#endif
