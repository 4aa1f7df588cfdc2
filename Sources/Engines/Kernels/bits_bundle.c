// Bundles of bits: the majority, counted in bit slices; and weighted sums.

#include "CVectors.h"

#include <string.h>

// Adds x, y and carry of equal weight: the sum stays in x, what has twice the weight is answered.
#define ADD(x, y, carry)                                                                                          \
    ({                                                                                                            \
        uint64_t either = (x) ^ (y), twice = ((x) & (y)) | (either & (carry));                                    \
        (x) = either ^ (carry);                                                                                   \
        twice;                                                                                                    \
    })

enum { group = 7, block = 8 };

// Eight words at a time, so that each counter is one wide register. Seven rows become a number of three bits in
// every place, which is then added to the counters; `slices` bits hold the count of all rows.
#define MAJORITY(name, TARGET)                                                                                    \
    TARGET void name(                                                                                             \
        const uint64_t *rows, size_t words, size_t count, const uint64_t *tie, uint64_t *majority                 \
    ) {                                                                                                           \
        size_t all = count + (count % 2 == 0), least = all / 2 + 1;                                               \
        unsigned slices = 1;                                                                                      \
        while ((all >> slices) != 0) {                                                                            \
            slices++;                                                                                             \
        }                                                                                                         \
        for (size_t at = 0; at < words; at += block) {                                                            \
            uint64_t counter[64][block];                                                                          \
            memset(counter, 0, (slices < 3 ? 3 : slices) * sizeof counter[0]);                                    \
            for (size_t row = 0; row < all; row += group) {                                                       \
                uint64_t in[group][block];                                                                        \
                memset(in, 0, sizeof in);                                                                         \
                for (size_t i = 0; i < group && row + i < all; i++) {                                             \
                    const uint64_t *from = row + i < count ? rows + (row + i) * words : tie;                      \
                    memcpy(in[i], from + at, sizeof in[i]);                                                       \
                }                                                                                                 \
                uint64_t carry[block];                                                                            \
                for (int w = 0; w < block; w++) {                                                                 \
                    uint64_t a = ADD(in[0][w], in[1][w], in[2][w]), b = ADD(in[3][w], in[4][w], in[5][w]);        \
                    uint64_t c = ADD(in[0][w], in[3][w], in[6][w]);                                               \
                    uint64_t fours = ADD(a, b, c);                                                                \
                    uint64_t twos = ADD(counter[0][w], in[0][w], 0ull);                                           \
                    uint64_t more = ADD(counter[1][w], a, twos);                                                  \
                    carry[w] = ADD(counter[2][w], fours, more);                                                   \
                }                                                                                                 \
                for (unsigned slice = 3; slice < slices; slice++) {                                               \
                    for (int w = 0; w < block; w++) {                                                             \
                        uint64_t next = counter[slice][w] & carry[w];                                             \
                        counter[slice][w] ^= carry[w];                                                            \
                        carry[w] = next;                                                                          \
                    }                                                                                             \
                }                                                                                                 \
            }                                                                                                     \
            for (int w = 0; w < block; w++) {                                                                     \
                uint64_t above = 0, equal = ~0ull;                                                                \
                for (unsigned slice = slices; slice-- > 0;) {                                                     \
                    uint64_t wanted = 0 - (uint64_t)((least >> slice) & 1);                                       \
                    above |= equal & counter[slice][w] & ~wanted;                                                 \
                    equal &= ~(counter[slice][w] ^ wanted);                                                       \
                }                                                                                                 \
                majority[at + (size_t)w] = above | equal;                                                         \
            }                                                                                                     \
        }                                                                                                         \
    }

// Adds `weight` to the sums of the bits that are set, and takes it from the others.
#define WEIGH(name, TARGET)                                                                                       \
    TARGET void name(const uint64_t *row, size_t words, int32_t weight, int32_t *sums) {                          \
        for (size_t word = 0; word < words; word++) {                                                             \
            for (int bit = 0; bit < 64; bit++) {                                                                  \
                int32_t set = -(int32_t)((row[word] >> bit) & 1);                                                 \
                sums[word * 64 + (size_t)bit] += (weight & set) - (weight & ~set);                                \
            }                                                                                                     \
        }                                                                                                         \
    }

#define NONE
MAJORITY(prima_bits_majority_portable, NONE)
WEIGH(prima_bits_weigh_portable, NONE)

#if defined(__x86_64__)

MAJORITY(prima_bits_majority_wide, __attribute__((target("avx512f,avx512bw,avx512vl"))))
WEIGH(prima_bits_weigh_wide, __attribute__((target("avx512f,avx512bw,avx512vl"))))

int prima_bits_wide_available(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl");
}

#else

MAJORITY(prima_bits_majority_wide, NONE)
WEIGH(prima_bits_weigh_wide, NONE)

int prima_bits_wide_available(void) { return 0; }

#endif

#define COUNT(name, TARGET)                                                                                       \
    TARGET static uint64_t name(const uint64_t *words, size_t count) {                                            \
        uint64_t sum = 0;                                                                                         \
        for (size_t i = 0; i < count; i++) {                                                                      \
            sum += (uint64_t)__builtin_popcountll(words[i]);                                                      \
        }                                                                                                         \
        return sum;                                                                                               \
    }

COUNT(count_portable, NONE)
#if defined(__x86_64__)
COUNT(count_popcnt, __attribute__((target("popcnt"))))
#else
#define count_popcnt count_portable
#endif

uint64_t prima_bits_count(const uint64_t *words, size_t count) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return (__builtin_cpu_supports("popcnt") ? count_popcnt : count_portable)(words, count);
#else
    return count_portable(words, count);
#endif
}

void prima_bits_majority(
    const uint64_t *rows, size_t words, size_t count, const uint64_t *tie, uint64_t *majority
) {
    (prima_bits_wide_available() ? prima_bits_majority_wide : prima_bits_majority_portable)(
        rows, words, count, tie, majority
    );
}

void prima_bits_weigh(const uint64_t *row, size_t words, int32_t weight, int32_t *sums) {
    (prima_bits_wide_available() ? prima_bits_weigh_wide : prima_bits_weigh_portable)(row, words, weight, sums);
}
