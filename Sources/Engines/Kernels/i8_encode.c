// Numbers in bytes: what is near in one is near in the other, at a quarter of the memory.

#include "CVectors.h"

#pragma STDC FP_CONTRACT OFF

void prima_i8_encode(
    const float *values, const float *centre, float scale, size_t count, int8_t *bytes
) {
    const float shift = 12582912.0f; // 1.5 · 2²³: adding it leaves no fraction, so that all machines round alike
    for (size_t i = 0; i < count; i++) {
        float value = (values[i] - centre[i]) * scale;
        value = value > 127.0f ? 127.0f : value < -127.0f ? -127.0f : value;
        float whole = value + shift;
        bytes[i] = (int8_t)(whole - shift);
    }
}
