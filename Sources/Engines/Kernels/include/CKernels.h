// Pure C over spans of bytes: the few loops that a compiler flag or an instruction makes many times quicker.
// No I/O, no state but the once-made choice of a path; memory comes from the caller.

#ifndef PRIMA_CKERNELS_H
#define PRIMA_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CGraph.h"
#include "CVectors.h"

// CRC-32C (Castagnoli) of `count` bytes. `seed` is the checksum of what came before, 0 at the beginning:
// crc32c(crc32c(0, a), b) = crc32c(0, a ‖ b). Takes the quickest path that this machine has.
uint32_t prima_crc32c(uint32_t seed, const void *bytes, size_t count);

// The paths one by one, so that tests can hold them against each other. A path that this machine cannot run
// answers 0 in its `_available`; calling it then is undefined.
uint32_t prima_crc32c_portable(uint32_t seed, const void *bytes, size_t count);
int prima_crc32c_hardware_available(void);
uint32_t prima_crc32c_hardware(uint32_t seed, const void *bytes, size_t count);

// Zeroed memory for rows and links, at a multiple of 64 bytes, on large pages when it is large; NULL when there is
// none.
void *prima_block_make(size_t bytes);
void prima_block_free(void *block);

// Reads whole words of memory once, as quickly as it can, and answers which bits were set in any: what no scan can be
// quicker than.
uint64_t prima_memory_read(const void *bytes, size_t count);

#endif
