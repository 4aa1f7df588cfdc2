// CRC-32C: the choice of a path, and the portable one (slicing by eight).

#include "CKernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { slices = 8 };

static const uint32_t polynomial = 0x82f63b78; // 0x1EDC6F41, lowest bit first
static uint32_t table[slices][256];
static pthread_once_t table_made = PTHREAD_ONCE_INIT;

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (polynomial & (0u - (crc & 1u)));
        }
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int slice = 1; slice < slices; slice++) {
            uint32_t before = table[slice - 1][byte];
            table[slice][byte] = (before >> 8) ^ table[0][before & 0xff];
        }
    }
}

static uint64_t load_little(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

uint32_t prima_crc32c_portable(uint32_t seed, const void *bytes, size_t count) {
    (void)pthread_once(&table_made, make_table);
    const uint8_t *next = bytes;
    uint32_t crc = ~seed;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word = load_little(next) ^ crc;
        crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff]
            ^ table[4][(word >> 24) & 0xff] ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff]
            ^ table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
    }
    for (; count > 0; next++, count--) {
        crc = (crc >> 8) ^ table[0][(crc ^ *next) & 0xff];
    }
    return ~crc;
}

typedef uint32_t (*path)(uint32_t, const void *, size_t);

uint32_t prima_crc32c(uint32_t seed, const void *bytes, size_t count) {
    // Relaxed is enough: whichever thread chooses, every choice is the same.
    static _Atomic(path) chosen = NULL;
    path quickest = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (quickest == NULL) {
        quickest = prima_crc32c_hardware_available() ? prima_crc32c_hardware : prima_crc32c_portable;
        atomic_store_explicit(&chosen, quickest, memory_order_relaxed);
    }
    return quickest(seed, bytes, count);
}
