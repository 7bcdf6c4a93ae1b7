/* The matrix products of one SGD update of one fully connected layer, for R networks of one shape.
   Row-major float32: x, z [R, B, fan_in], W [R, fan_out, fan_in], b [R, fan_out], s, delta [R, B, fan_out];
   x_stride, z_stride are the floats from one network to the next, 0 if they share it. Nothing is checked
   here: kernel.py and blocks.py, the only callers, do.

   With 10 examples each float of W is worth 20 flops in either direction. So W has to stream through the
   registers once, at the speed of L3, and everything else has to stay in registers or L1.
   Every element of s, W and dz comes from the same operations in the same order whatever the number of
   threads: a thread owns whole groups of ROWS neurons (forward) or whole tiles of L columns (backward).

   Not for -ffast-math: a library that gcc links with it flushes denormals in the whole process. */
#include <stdlib.h>

#include "kernel.h"

const int version = 3, lanes = L; /* version as in kernel.py: raise both when a signature changes */
#if defined __AVX512F__
const char *const instructions = "AVX512";
#elif defined __AVX2__ && defined __FMA__
const char *const instructions = "AVX2";
#else
const char *const instructions = "DEFAULT";
#endif
enum { CHUNK = 5, MAX_BLOCK = 64, AHEAD = 64 }; /* examples, rows, floats */

/* NEEDS(__AVX2__, "avx2"): where -mavx2 was given (and so the macro is 1) this CPU must have it, too. */
#define NEEDS(macro, name) if (IS_1(macro) && !__builtin_cpu_supports(name)) return name;
#define IS_1(x) JOIN(x)
#define JOIN(x) SPLIT(BEFORE_##x)
#define SPLIT(x) SECOND(x 1, 0, 0)
#define SECOND(a, b, ...) b
#define BEFORE_1 0, /* only then is the 1 the second */

/* The first of the instruction sets that this file was compiled for and that this CPU lacks, or NULL; the
   others must not be called then. -march=native takes all that the compiling CPU has, but a library may be
   run on another: so this function alone is compiled for any x86-64. Elsewhere a library is trusted. */
#if defined __x86_64__
__attribute__((target("arch=x86-64,no-avx,no-sse3,no-bmi,no-bmi2,no-lzcnt,no-popcnt,no-movbe")))
#endif
const char *missing(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    NEEDS(__SSE3__, "sse3") NEEDS(__SSSE3__, "ssse3") NEEDS(__SSE4_1__, "sse4.1")
    NEEDS(__SSE4_2__, "sse4.2") NEEDS(__SSE4A__, "sse4a") NEEDS(__POPCNT__, "popcnt")
    NEEDS(__AVX__, "avx") NEEDS(__AVX2__, "avx2") NEEDS(__FMA__, "fma") NEEDS(__FMA4__, "fma4")
    NEEDS(__XOP__, "xop") NEEDS(__BMI__, "bmi") NEEDS(__BMI2__, "bmi2")
    NEEDS(__AVX512F__, "avx512f") NEEDS(__AVX512VL__, "avx512vl") NEEDS(__AVX512BW__, "avx512bw")
    NEEDS(__AVX512DQ__, "avx512dq") NEEDS(__AVX512CD__, "avx512cd") NEEDS(__AVX512VNNI__, "avx512vnni")
    NEEDS(__AVX512IFMA__, "avx512ifma") NEEDS(__AVX512VBMI__, "avx512vbmi")
    NEEDS(__AVX512VBMI2__, "avx512vbmi2") NEEDS(__AVX512BITALG__, "avx512bitalg")
    NEEDS(__AVX512VPOPCNTDQ__, "avx512vpopcntdq")
#if __GNUC__ >= 11 && !defined __clang__ /* others don't know these names */
    NEEDS(__LZCNT__, "lzcnt") NEEDS(__MOVBE__, "movbe") NEEDS(__F16C__, "f16c") NEEDS(__ADX__, "adx")
#endif
#endif
    return NULL;
}

#define PICK(o, d, h) (o) / (d) * 2 * (d) + (o) % (d) + (h)
#define PICK4(o, d, h) PICK(o, d, h), PICK(o + 1, d, h), PICK(o + 2, d, h), PICK(o + 3, d, h)
#if defined __AVX512F__
#define PICKS(d, h) PICK4(0, d, h), PICK4(4, d, h), PICK4(8, d, h), PICK4(12, d, h)
#elif defined __AVX2__ && defined __FMA__
#define PICKS(d, h) PICK4(0, d, h), PICK4(4, d, h)
#else
#define PICKS(d, h) PICK4(0, d, h)
#endif
#if defined __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int ivec __attribute__((vector_size(4 * L)));
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif
/* n vectors to n / 2: the halves, d lanes each, of their groups of 2 d lanes are added. */
#define HALVE(v, n, d)                                                                                   \
    for (int i = 0; i < (n) / 2; i++)                                                                    \
        v[i] = SHUFFLE(v[2 * i], v[2 * i + 1], PICKS(d, 0)) + SHUFFLE(v[2 * i], v[2 * i + 1], PICKS(d, d));

/* Lane i is the sum of v[i]: lanes L/2 apart are added first, neighbours last. */
INLINE vec sums(vec *v)
{
    HALVE(v, L, L / 2)
    HALVE(v, L / 2, L / 4)
    if (L >= 8) HALVE(v, L / 4, MAX(L / 8, 1))
    if (L >= 16) HALVE(v, L / 8, MAX(L / 16, 1))
    return v[0];
}

len packed_size(len B, len fan_in) { return UP(B, CHUNK) * UP(fan_in, L); }

/* x as [B / CHUNK][fan_in / L][CHUNK][L], the order in which forward_rows reads it. The last tile of L ends
   at fan_in and overlaps the one before, for no read to pass the end of W: what it repeats of x is 0. */
static void pack(const float *x, float *packed, len B, len fan_in)
{
    for (len c = 0; c < B; c += CHUNK)
        for (len t = 0; t < fan_in; t += L)
            for (len i = c; i < c + CHUNK; i++, packed += L) {
                if (i < B && t + L <= fan_in) STORE(packed) = LOAD(x + i * fan_in + t);
                else for (len j = 0, k = MIN(t, fan_in - L); j < L; j++, k++)
                    packed[j] = i < B && k >= t ? x[i * fan_in + k] : 0;
            }
}

/* What forward_rows reads: x itself where its rows are whole tiles, a packed copy elsewhere. */
const float *packed_or_not(const float *x, float *packed, len B, len fan_in)
{
    if (fan_in % L == 0 && B % CHUNK == 0) return x;
    pack(x, packed, B, fan_in);
    return packed;
}

/* s = x W^T + b for the neurons lo..hi, 5 examples at a time: 5 rows of x stay in L1, 10 would not.
   x: see packed_or_not. */
void forward_rows(const float *x, const float *W, const float *b, float *s,
                  len B, len fan_in, len fan_out, len lo, len hi)
{
    int whole = fan_in % L == 0 && B % CHUNK == 0;
    len next_i = whole ? fan_in : L, next_t = whole ? L : CHUNK * L;
    for (len n = lo; n < hi; n += ROWS) {
        const float *w[ROWS]; /* beyond the last neuron: the last again */
        for (int j = 0; j < ROWS; j++) w[j] = W + MIN(n + j, fan_out - 1) * fan_in;
        for (len c = 0; c < B; c += CHUNK) {
            const float *xt = x + c * UP(fan_in, L);
            vec a[UP(ROWS * CHUNK, L)] = {0}, wk[ROWS];
            for (len t = 0; t < fan_in; t += L, xt += next_t) {
                len k = MIN(t, fan_in - L);
#pragma GCC unroll 5
                for (int j = 0; j < ROWS; j++) {
                    wk[j] = LOAD(w[j] + k);
                    __builtin_prefetch(w[j] + k + ROWS * fan_in); /* the next group of neurons */
                }
#pragma GCC unroll 5
                for (int i = 0; i < CHUNK; i++) {
                    vec xi = LOAD(xt + i * next_i);
#pragma GCC unroll 5
                    for (int j = 0; j < ROWS; j++) a[j * CHUNK + i] += xi * wk[j];
                }
            }
            float found[UP(ROWS * CHUNK, L)];
            for (int g = 0; g < UP(ROWS * CHUNK, L); g += L) STORE(found + g) = sums(a + g);
            for (int j = 0; j < MIN(ROWS, fan_out - n); j++)
                for (int i = 0; i < MIN(CHUNK, B - c); i++)
                    s[(c + i) * fan_out + n + j] = found[j * CHUNK + i] + b[n + j];
        }
    }
}

/* One tile: L columns of a block of rows of W. dz += delta W and W -= lr delta^T z, in one pass over W,
   with the tile's part of dz and -lr z in registers. ld: floats from a row to the next. */
INLINE void tile(float *W, len ld_W, const float *delta, len rows, const float *z, float *dz, len ld_z,
                 float lr, int B, int need_dz, int first)
{
    vec step[MAX_B], a[MAX_B];
#pragma GCC unroll 10
    for (int i = 0; i < B; i++) {
        step[i] = LOAD(z + i * ld_z) * -lr;
        if (need_dz) a[i] = first ? (vec){0} : LOAD(dz + i * ld_z);
    }
    for (; rows--; W += ld_W, delta += B) {
        vec w = LOAD(W), u = w;
        __builtin_prefetch(W + AHEAD, 1); /* the hardware does not follow 64 rows at once */
#pragma GCC unroll 10
        for (int i = 0; i < B; i++) {
            if (need_dz) a[i] += w * delta[i];
            u += step[i] * delta[i];
        }
        STORE(W) = u;
    }
#pragma GCC unroll 10
    for (int i = 0; i < B && need_dz; i++) STORE(dz + i * ld_z) = a[i];
}

__attribute__((noinline, optimize("no-tree-loop-distribute-patterns"))) /* no calls of memcpy for 2 floats */
static void copy(float *to, len ld_to, const float *from, len ld_from, len rows, len columns)
{
    for (len i = 0; i < rows; i++)
        for (len j = 0; j < columns; j++) to[i * ld_to + j] = from[i * ld_from + j];
}

/* The columns lo..hi of W and dz, block after block of rows. */
INLINE void columns(const float *delta, const float *z, float *W, float *dz, float lr, int B, int need_dz,
                    len fan_in, len fan_out, len lo, len hi)
{
    len block = fan_in % 1024 ? MAX_BLOCK : 6; /* rows 4096 bytes apart share one set of L1, 8 lines */
    float d[MAX_BLOCK * MAX_B]; /* the block's delta, transposed */
    for (len n = 0; n < fan_out; n += block) {
        len rows = MIN(block, fan_out - n), k = lo;
        for (len i = 0; i < B; i++)
            for (len j = 0; j < rows; j++) d[j * B + i] = delta[i * fan_out + n + j];
        for (; k + L <= hi; k += L)
            tile(W + n * fan_in + k, fan_in, d, rows, z + k, dz + k, fan_in, lr, B, need_dz, n == 0);
        if (k < hi) { /* less than a tile is left of each row: the same, on copies */
            float w_[MAX_BLOCK * L] = {0}, z_[MAX_B * L] = {0}, dz_[MAX_B * L] = {0};
            copy(w_, L, W + n * fan_in + k, fan_in, rows, hi - k);
            copy(z_, L, z + k, fan_in, B, hi - k);
            if (need_dz) copy(dz_, L, dz + k, fan_in, B, hi - k);
            tile(w_, L, d, rows, z_, dz_, L, lr, B, need_dz, n == 0);
            copy(W + n * fan_in + k, fan_in, w_, L, rows, hi - k);
            if (need_dz) copy(dz + k, fan_in, dz_, L, B, hi - k);
        }
    }
}

/* W -= lr delta^T z and, if dz, dz = delta W of the W before, for the columns lo..hi of W. B <= MAX_B. */
void backward_columns(const float *delta, const float *z, float *W, float *dz, float lr,
                      len B, len fan_in, len fan_out, len lo, len hi)
{
    float *unused = (float *)z; /* not written without dz */
    if (B == 10 && dz) columns(delta, z, W, dz, lr, 10, 1, fan_in, fan_out, lo, hi);
    else if (B == 10) columns(delta, z, W, unused, lr, 10, 0, fan_in, fan_out, lo, hi);
    else columns(delta, z, W, dz ? dz : unused, lr, B, dz != 0, fan_in, fan_out, lo, hi);
}

/* b -= lr sum of delta over the examples. */
void backward_bias(const float *delta, float *b, float lr, len B, len fan_out)
{
    len n = 0;
    for (; n + L <= fan_out; n += L) {
        vec g = {0};
        for (len i = 0; i < B; i++) g += LOAD(delta + i * fan_out + n);
        STORE(b + n) = LOAD(b + n) - lr * g;
    }
    for (; n < fan_out; n++) {
        float g = 0;
        for (len i = 0; i < B; i++) g += delta[i * fan_out + n];
        b[n] -= lr * g;
    }
}

/* fan_in >= L. Returns 0, or 1 if memory ran out. */
int forward(const float *x, len x_stride, const float *W, const float *b, float *s,
            len R, len B, len fan_in, len fan_out, int threads)
{
    int failed = 0;
#pragma omp parallel for collapse(2) num_threads(threads) schedule(static) reduction(| : failed)
    for (len r = 0; r < R; r++)
        for (len t = 0; t < threads; t++) {
            float *packed = aligned_alloc(64, UP(4 * packed_size(B, fan_in), 64));
            if (packed) {
                len lo = SHARE(fan_out, ROWS, t, threads), hi = SHARE(fan_out, ROWS, t + 1, threads);
                const float *xr = packed_or_not(x + r * x_stride, packed, B, fan_in);
                forward_rows(xr, W + r * fan_out * fan_in, b + r * fan_out, s + r * B * fan_out, B,
                             fan_in, fan_out, lo, hi);
            }
            failed |= !packed;
            free(packed);
        }
    return failed;
}

/* B <= MAX_B. Without dz (NULL) only W and b are updated. lr_stride: 1 for a rate per network, 0 for one. */
void backward(const float *delta, const float *z, len z_stride, float *W, float *b, float *dz,
              const float *lr, len lr_stride, len R, len B, len fan_in, len fan_out, int threads)
{
#pragma omp parallel for collapse(2) num_threads(threads) schedule(static)
    for (len r = 0; r < R; r++)
        for (len t = 0; t < threads; t++) {
            const float *d = delta + r * B * fan_out, e = lr[r * lr_stride];
            len lo = SHARE(fan_in, L, t, threads), hi = SHARE(fan_in, L, t + 1, threads);
            backward_columns(d, z + r * z_stride, W + r * fan_out * fan_in, dz ? dz + r * B * fan_in : NULL,
                             e, B, fan_in, fan_out, lo, hi);
            if (t == 0) backward_bias(d, b + r * fan_out, e, B, fan_out);
        }
}
