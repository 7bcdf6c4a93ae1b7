/* Shared by kernel.c (products) and block.c (whole updates): vectors of L floats, and the products of one
   network's layer by one of its threads. */
#include <stddef.h>

#if defined __AVX512F__
enum { L = 16, ROWS = 5 }; /* forward: 25 sums, 5 pieces of W and 1 of x fill 31 of 32 registers */
#elif defined __AVX2__ && defined __FMA__
enum { L = 8, ROWS = 2 }; /* 10 + 2 + 1 of 16 */
#else
enum { L = 4, ROWS = 2 };
#endif
enum { MAX_B = 64 }; /* examples */

typedef ptrdiff_t len;
typedef float vec __attribute__((vector_size(4 * L), aligned(4), may_alias));
#define LOAD(p) (*(const vec *)(p))
#define STORE(p) (*(vec *)(p))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define UP(n, m) (((n) + (m) - 1) / (m) * (m))
#define INLINE static inline __attribute__((always_inline))

/* Where thread t's part of n begins, in whole units; where the one before ends. */
#define SHARE(n, unit, t, threads) MIN(n, UP(n, unit) / (unit) * (t) / (threads) * (unit))

len packed_size(len B, len fan_in);
const float *packed_or_not(const float *x, float *packed, len B, len fan_in);
void forward_rows(const float *x, const float *W, const float *b, float *s,
                  len B, len fan_in, len fan_out, len lo, len hi);
void backward_columns(const float *delta, const float *z, float *W, float *dz, float lr,
                      len B, len fan_in, len fan_out, len lo, len hi);
void backward_bias(const float *delta, float *b, float lr, len B, len fan_out);
