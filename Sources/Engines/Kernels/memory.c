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
