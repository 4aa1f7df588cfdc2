// What Swift's Glibc leaves out of the C library.
#include <stdint.h>
#include <sys/uio.h>

// Both are there for _DEFAULT_SOURCE and _GNU_SOURCE only, which a module map cannot define.
ssize_t preadv2(int descriptor, const struct iovec *parts, int count, off_t offset, int flags);
enum { prima_read_now = 0x00000008 }; // RWF_NOWAIT
