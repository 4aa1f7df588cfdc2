// Large blocks of memory on large pages: a walk through a graph touches a new page with nearly every step, and with
// pages of 4 KiB half of its time goes into finding where they are.

#include "CKernels.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { cache_line = 64, large_page = 2 << 20 };

void *prima_block_make(size_t bytes) {
    size_t alignment = bytes >= large_page ? large_page : cache_line;
    size_t whole = (bytes + alignment - 1) / alignment * alignment;
    void *block = aligned_alloc(alignment, whole > 0 ? whole : alignment);
    if (block != NULL && alignment == large_page) {
        (void)madvise(block, whole, MADV_HUGEPAGE); // a wish: without it everything is slower, and right
    }
    if (block != NULL) {
        memset(block, 0, whole > 0 ? whole : alignment);
    }
    return block;
}

void prima_block_free(void *block) { free(block); }

// Four sums, so that no addition waits for the one before it.
#define READ(name, TARGET)                                                                                        \
    TARGET static uint64_t name(const uint64_t *words, size_t count) {                                            \
        uint64_t sums[32] = { 0 };                                                                                \
        size_t i = 0;                                                                                             \
        for (; i + 32 <= count; i += 32) {                                                                        \
            for (size_t lane = 0; lane < 32; lane++) {                                                            \
                sums[lane] |= words[i + lane];                                                                    \
            }                                                                                                     \
        }                                                                                                         \
        for (; i < count; i++) {                                                                                  \
            sums[0] |= words[i];                                                                                  \
        }                                                                                                         \
        for (size_t lane = 1; lane < 32; lane++) {                                                                \
            sums[0] |= sums[lane];                                                                                \
        }                                                                                                         \
        return sums[0];                                                                                           \
    }

READ(read_portable, )
#if defined(__x86_64__)
READ(read_avx512, __attribute__((target("avx512f"))))
READ(read_avx2, __attribute__((target("avx2"))))
#endif

uint64_t prima_memory_read(const void *bytes, size_t count) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) {
        return read_avx512(bytes, count / 8);
    }
    if (__builtin_cpu_supports("avx2")) {
        return read_avx2(bytes, count / 8);
    }
#endif
    return read_portable(bytes, count / 8);
}
