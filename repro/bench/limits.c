/* What the machine can do at most, with the same vectors as the kernel. */
#include "../training/kernel.h"

enum { SUMS = 12 }; /* in registers, enough of them to hide a multiply-add's latency */

/* n times SUMS multiply-adds of vectors; returns how many floating-point operations each time are. */
double multiply_add(len n, volatile float *out)
{
    vec a[SUMS] = {0}, x = (vec){0} + 0.5f + *out, y = (vec){0} + 1 + *out;
    for (; n--;)
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++) a[i] = a[i] * x + y;
    for (int i = 1; i < SUMS; i++) a[0] += a[i];
    *out = a[0][0] * 0;
    return 2.0 * L * SUMS;
}

/* Reads n floats so many times, as the forward pass does with weights. */
float read_floats(const float *p, len n, len times)
{
    vec a[8] = {0};
    while (times--) {
        __asm__ volatile("" ::: "memory"); /* nothing read before is known now */
        for (len k = 0; k + 8 * L <= n; k += 8 * L)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++) a[i] += LOAD(p + k + i * L);
    }
    for (int i = 1; i < 8; i++) a[0] += a[i];
    return a[0][0];
}

/* Reads and writes n floats so many times, as the update does. */
void update_floats(float *p, len n, len times)
{
    while (times--) {
        __asm__ volatile("" ::: "memory");
        for (len k = 0; k + L <= n; k += L) STORE(p + k) = LOAD(p + k) + 0.5f;
    }
}
