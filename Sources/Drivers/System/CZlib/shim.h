#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 16 more than the window asks for a gzip wrapper.
static inline int prima_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
