/* A block of successive SGD updates of R networks in one call: forward, non-linearity, gradient of the cost,
   back-propagation, update. Names and layouts are those of kernel.c; see `struct block`.

   Each element comes from the same operations in the same order as when torch does all but the products, one
   update at a time (FusedSGD.update): tanh, exp and so on are the functions that torch calls itself, whose
   addresses blocks.py finds, and no product is contracted with a sum. blocks.py tries each of them beside
   torch and uses only what gives the same bits. */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel.h"

#if defined __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

typedef float wide __attribute__((vector_size(4 * L)));
typedef void array_function(int n, const float *in, float *out, long long mode); /* of MKL */
typedef wide vector_function(wide);                                             /* of SLEEF */

/* As blocks.py fills it; NULL what this torch doesn't have. */
struct functions {
    array_function *tanh, *exp, *erf;
    vector_function *vexp, *vexpm1, *vlog1p;
} functions;
enum { MODE = 0x140102 }; /* as torch calls MKL: high accuracy, denormals as they are, errors ignored */

enum activation { SIGMOID, TANH, SOFTSIGN, RELU, LEAKY_RELU, ELU, GELU, SOFTPLUS, HARD_TANH };
enum cost { NLL, QUADRATIC };
enum { TOGETHER = 12000000 }; /* weights x examples from which on threads share one network's update, some
    450 units: there, two bring 1.4 times the speed, and a half of it on a machine that others use; with 300
    they bring 1.1, and a half */

struct block {
    len depth, R, B, n, threads, cost;    /* n updates */
    const len *sizes;                     /* [depth + 2]: inputs, hidden layers, classes; L at least, but these */
    float *const *W, *const *b;           /* [depth + 1]: [R, fan_out, fan_in], [R, fan_out] */
    const float *lr;                      /* [depth + 1, R] */
    const int32_t *activation;            /* [R] */
    const float *option;                  /* [R]: the activation's only one */
    const float *x;                       /* [n, B, sizes[0]] */
    const int64_t *y;                     /* [n, B] */
    float *s;                             /* [R, n, B, classes]: outputs before each update */
};

/* out = f(in), of n floats; may be in place. */
static void map(vector_function *f, len n, const float *in, float *out)
{
    len k = 0;
    for (; k + L <= n; k += L) STORE(out + k) = f(LOAD(in + k));
    if (k < n) {
        float rest[L] = {0};
        for (len i = k; i < n; i++) rest[i - k] = in[i];
        STORE(rest) = f(LOAD(rest));
        for (len i = k; i < n; i++) out[i] = rest[i - k];
    }
}

#define EACH(statement) for (len k = 0; k < n; k++) statement

/* Torch takes 2 L elements at a time here and leaves those at the end of a tensor to the C library. Of the n
   elements the first v are not at the end. */
static void sigmoid(len n, len v, const float *s, float *z)
{
    EACH(z[k] = -s[k];)
    map(functions.vexp, v, z, z);
    for (len k = v; k < n; k++) z[k] = expf(z[k]);
    EACH(z[k] = 1 / (1 + z[k]);)
}

/* z = f(s), of n elements. */
static void activate(int kind, float a, len n, len v, const float *restrict s, float *restrict z)
{
    switch (kind) {
    case SIGMOID: sigmoid(n, v, s, z); break;
    case TANH: functions.tanh(n, s, z, MODE); break;
    case SOFTSIGN: EACH(z[k] = s[k] / (1 + fabsf(s[k]));) break;
    case RELU: EACH(z[k] = s[k] < 0 ? 0 : s[k];) break;
    case LEAKY_RELU: EACH(z[k] = s[k] > 0 ? s[k] : s[k] * a;) break;
    case HARD_TANH: EACH(z[k] = s[k] < -1 ? -1 : s[k] > 1 ? 1 : s[k];) break;
    case ELU:
        EACH(z[k] = s[k] > 0 ? 0 : s[k];)
        map(functions.vexpm1, n, z, z);
        EACH(z[k] = s[k] > 0 ? s[k] : a * z[k];)
        break;
    case GELU:
        EACH(z[k] = s[k] * (float)M_SQRT1_2;)
        functions.erf(n, z, z, MODE);
        EACH(z[k] = 0.5f * s[k] * (1 + z[k]);)
        break;
    case SOFTPLUS:
        EACH(z[k] = -fabsf(s[k]);)
        map(functions.vexp, v, z, z);
        map(functions.vlog1p, v, z, z);
        for (len k = v; k < n; k++) z[k] = log1pf(expf(z[k]));
        EACH(z[k] = (s[k] < 0 ? 0 : s[k]) + z[k];)
        break;
    }
}

/* d *= f'(s), of n elements. spare [2 n]. */
static void times_slope(int kind, float a, len n, len v, const float *restrict s, const float *restrict z,
                        float *restrict d, float *restrict spare)
{
    float *restrict other = spare + n;
    switch (kind) {
    case SIGMOID: EACH(d[k] *= z[k] * (1 - z[k]);) break;
    case TANH: EACH(d[k] *= 1 - z[k] * z[k];) break;
    case SOFTSIGN: EACH(d[k] *= (1 - fabsf(z[k])) * (1 - fabsf(z[k]));) break;
    case RELU: EACH(d[k] *= s[k] > 0;) break;
    case LEAKY_RELU: EACH(d[k] *= s[k] > 0 ? 1 : a;) break;
    case HARD_TANH: EACH(d[k] *= fabsf(s[k]) < 1;) break;
    case ELU: EACH(d[k] *= (s[k] > 0) + !(s[k] > 0) * (z[k] + a);) break;
    case GELU:
        EACH(spare[k] = s[k] * (float)M_SQRT1_2;)
        functions.erf(n, spare, spare, MODE);
        EACH(other[k] = -0.5f * s[k] * s[k];)
        functions.exp(n, other, other, MODE);
        EACH(d[k] *= 0.5f * (1 + spare[k]) + s[k] * other[k] / (float)sqrt(2 * M_PI);)
        break;
    case SOFTPLUS:
        sigmoid(n, v, s, spare);
        EACH(d[k] *= spare[k];)
        break;
    }
}

/* d = the gradient of the cost, averaged over the B examples, by the outputs s [B, C]. */
static void cost_gradient(len kind, len B, len C, const float *s, const int64_t *y, float *d)
{
    for (len i = 0; i < B; i++, s += C, d += C) {
        float largest = s[0], total = 0, product = 0;
        for (len k = 1; k < C; k++) largest = s[k] > largest ? s[k] : largest;
        for (len k = 0; k < C; k++) d[k] = s[k] - largest;
        map(functions.vexp, C, d, d);
        for (len k = 0; k < C; k++) total += d[k];
        total = 1 / total;
        for (len k = 0; k < C; k++) d[k] *= total;
        if (kind == NLL) d[y[i]] -= 1;
        else {
            for (len j = 0, k = C / 8 * 8 % C; j < C; j++, k = (k + 1) % C) /* torch adds the first 8 last */
                product += 2 * (d[k] - (k == y[i])) * d[k];
            for (len k = 0; k < C; k++) d[k] *= 2 * (d[k] - (k == y[i])) - product;
        }
        for (len k = 0; k < C; k++) d[k] /= B;
    }
}

/* What blocks.py tries beside torch: z = f(s), slope = f'(s). spare [2 n]. */
void try_activation(int kind, float a, len n, const float *s, float *z, float *slope, float *spare)
{
    activate(kind, a, n, n / (2 * L) * (2 * L), s, z);
    EACH(slope[k] = 1;)
    times_slope(kind, a, n, n / (2 * L) * (2 * L), s, z, slope, spare);
}

void try_cost(len kind, len B, len C, const float *s, const int64_t *y, float *d)
{
    cost_gradient(kind, B, C, s, y, d);
}

/* One thread's part, thread t of `threads`, of the work on network r, and the memory for it. */
struct part {
    const struct block *k;
    len r, t, threads;
    float *s, *z, *d[2];           /* of all threads: s_i, z_i of all hidden layers; two layers' gradients */
    float *packed, *spare, *delta; /* its own */
};

static void wait_for_others(const struct part *p)
{
    if (p->threads > 1) {
#pragma omp barrier
    }
}

/* z = f(s) or, given d, d *= f'(s), for the units lo..hi of n of all examples. */
static void elementwise(const struct part *p, len n, len lo, len hi, const float *s, float *z, float *d)
{
    int kind = p->k->activation[p->r], whole = hi - lo == n;
    float a = p->k->option[p->r];
    len rows = whole ? 1 : p->k->B, count = whole ? p->k->B * n : hi - lo;
    for (len i = 0; i < rows; i++) {
        len at = i * n + lo, v = MAX(0, MIN(count, p->k->B * n / (2 * L) * (2 * L) - at));
        if (d) times_slope(kind, a, count, v, s + at, z + at, d + at, p->spare);
        else activate(kind, a, count, v, s + at, z + at);
    }
}

static void forward_pass(const struct part *p, const float *x, float *outputs)
{
    const struct block *k = p->k;
    float *s = p->s, *z = p->z;
    for (len i = 0; i <= k->depth; i++) {
        len fan_in = k->sizes[i], fan_out = k->sizes[i + 1];
        len lo = SHARE(fan_out, ROWS, p->t, p->threads), hi = SHARE(fan_out, ROWS, p->t + 1, p->threads);
        forward_rows(packed_or_not(x, p->packed, k->B, fan_in), k->W[i] + p->r * fan_out * fan_in, k->b[i] + p->r * fan_out,
                     i < k->depth ? s : outputs, k->B, fan_in, fan_out, lo, hi);
        if (i < k->depth) elementwise(p, fan_out, lo, hi, s, z, NULL);
        wait_for_others(p);
        x = z;
        s += k->B * fan_out, z += k->B * fan_out;
    }
}

static void backward_pass(const struct part *p, const float *x, const int64_t *y, const float *outputs)
{
    const struct block *k = p->k;
    const float *delta = p->delta;
    float *s = p->z, *z = p->d[0]; /* the ends of all s and all z */
    cost_gradient(k->cost, k->B, k->sizes[k->depth + 1], outputs, y, p->delta);
    for (len i = k->depth; i >= 0; i--) {
        len fan_in = k->sizes[i], fan_out = k->sizes[i + 1];
        len lo = SHARE(fan_in, L, p->t, p->threads), hi = SHARE(fan_in, L, p->t + 1, p->threads);
        float lr = k->lr[i * k->R + p->r], *dz = i ? p->d[i % 2] : NULL;
        s -= i ? k->B * fan_in : 0, z -= i ? k->B * fan_in : 0;
        backward_columns(delta, i ? z : x, k->W[i] + p->r * fan_out * fan_in, dz, lr, k->B, fan_in, fan_out,
                         lo, hi);
        if (p->t == 0) backward_bias(delta, k->b[i] + p->r * fan_out, lr, k->B, fan_out);
        if (i) elementwise(p, fan_in, lo, hi, s, z, dz);
        wait_for_others(p);
        delta = dz;
    }
}

/* All updates of network r: one network after the other, for its weights to stay in the cache. */
static void train(struct part p, len r, len t, len threads, float *shared)
{
    const struct block *k = p.k;
    const len *sizes = k->sizes, C = sizes[k->depth + 1];
    len hidden = 0, widest = 0;
    for (len i = 1; i <= k->depth; i++) hidden += sizes[i], widest = MAX(widest, sizes[i]);
    p.r = r, p.t = t, p.threads = threads;
    p.s = shared, p.z = p.s + k->B * hidden, p.d[0] = p.z + k->B * hidden, p.d[1] = p.d[0] + k->B * widest;
    for (len u = 0; u < k->n; u++) {
        float *outputs = k->s + (r * k->n + u) * k->B * C;
        forward_pass(&p, k->x + u * k->B * sizes[0], outputs);
        backward_pass(&p, k->x + u * k->B * sizes[0], k->y + u * k->B, outputs);
    }
}

/* Networks are spread over the threads. Those left over, if large enough for that to pay, are worked on by
   all threads together. Returns 0, or 1 if there is no memory; then nothing was done. */
int updates(const struct block *k)
{
    len hidden = 0, widest = 0, packed = 0, weights = 0;
    for (len i = 0; i <= k->depth; i++) {
        weights += k->sizes[i] * k->sizes[i + 1];
        packed = MAX(packed, packed_size(k->B, k->sizes[i]));
        if (i) hidden += k->sizes[i], widest = MAX(widest, k->sizes[i]);
    }
    int together = weights * k->B >= TOGETHER;
    len threads = together ? k->threads : MIN(k->threads, k->R);
    len alone = together ? k->R - k->R % threads : k->R;
    len shared = UP(2 * k->B * (hidden + widest), 16), spare = UP(2 * k->B * widest, 16);
    len all = shared + spare + packed + UP(k->B * k->sizes[k->depth + 1], 16);
    float *memory = aligned_alloc(64, UP(4 * threads * all, 64));
    if (!memory) return 1;
#pragma omp parallel num_threads(threads)
    {
        len t = omp_get_thread_num(), team = omp_get_num_threads();
        float *mine = memory + t * all;
        struct part p = {.k = k, .spare = mine + shared, .packed = mine + shared + spare};
        p.delta = p.packed + packed;
#pragma omp for schedule(dynamic)
        for (len r = 0; r < alone; r++) train(p, r, 0, 1, mine);
        for (len r = alone; r < k->R; r++) train(p, r, t, team, memory);
    }
    free(memory);
    return 0;
}
