// The choice of a path.

#include "distance_family.h"

#include <stdatomic.h>

static int runs(enum prima_path path) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    switch (path) {
    case prima_popcnt: return __builtin_cpu_supports("popcnt");
    case prima_avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    case prima_avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
            && __builtin_cpu_supports("avx512vpopcntdq");
    default: return path == prima_portable;
    }
#elif defined(__aarch64__)
    return path == prima_portable || path == prima_neon;
#else
    return path == prima_portable;
#endif
}

#define FAMILIES(path)                                                                                            \
    {                                                                                                             \
        &prima_f32_square_##path##_family, &prima_f32_dot_##path##_family, &prima_f32_sum_##path##_family,        \
        &prima_i8_square_##path##_family, &prima_i8_dot_##path##_family, &prima_i8_sum_##path##_family,           \
        &prima_bits_##path##_family,                                                                              \
    }

static const prima_distance *const families[prima_paths][prima_measures] = {
    [prima_portable] = FAMILIES(portable),
#if defined(__x86_64__)
    [prima_popcnt] = { [prima_bits] = &prima_bits_popcnt_family },
    [prima_avx2] = FAMILIES(avx2),
    [prima_avx512] = FAMILIES(avx512),
#elif defined(__aarch64__)
    [prima_neon] = FAMILIES(neon),
#endif
};

static const prima_bits_scan scans[prima_paths] = {
    [prima_portable] = prima_bits_scan_portable,
#if defined(__x86_64__)
    [prima_popcnt] = prima_bits_scan_popcnt,
    [prima_avx2] = prima_bits_scan_avx2,
    [prima_avx512] = prima_bits_scan_avx512,
#elif defined(__aarch64__)
    [prima_neon] = prima_bits_scan_neon,
#endif
};

const prima_distance *prima_distance_by(enum prima_measure measure, enum prima_path path) {
    return measure < prima_measures && path < prima_paths && runs(path) ? families[path][measure] : NULL;
}

prima_bits_scan prima_bits_scan_by(enum prima_path path) {
    return path < prima_paths && runs(path) ? scans[path] : NULL;
}

const prima_distance *prima_distance_of(enum prima_measure measure) {
    // Relaxed is enough: whichever thread chooses, every choice is the same.
    static _Atomic(const prima_distance *) chosen[prima_measures];
    const prima_distance *best = atomic_load_explicit(&chosen[measure], memory_order_relaxed);
    if (best == NULL) {
        for (int path = prima_paths - 1; path >= 0 && best == NULL; path--) {
            best = prima_distance_by(measure, (enum prima_path)path);
        }
        atomic_store_explicit(&chosen[measure], best, memory_order_relaxed);
    }
    return best;
}

prima_bits_scan prima_bits_scan_of(void) {
    for (int path = prima_paths - 1; path > 0; path--) {
        prima_bits_scan scan = prima_bits_scan_by((enum prima_path)path);
        if (scan != NULL) {
            return scan;
        }
    }
    return prima_bits_scan_portable;
}

size_t prima_next_below(const uint32_t *distances, size_t from, size_t count, uint32_t bound) {
    enum { chunk = 64 };
    size_t i = from;
    // Whole chunks are passed over at once: nearly all of them hold nothing near.
    for (; i + chunk <= count; i += chunk) {
        uint32_t below = 0;
        for (size_t place = 0; place < chunk; place++) {
            below |= distances[i + place] < bound;
        }
        if (below) {
            break;
        }
    }
    for (; i < count; i++) {
        if (distances[i] < bound) {
            return i;
        }
    }
    return count;
}
