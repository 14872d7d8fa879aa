/* Scores the rows of points.h on a bare processor: first all of them against the system timer, then each once more, printing what
   came of it. Output goes to the emulator by semihosting. */

#include <stdint.h>

#include "helper.h"
#include "points.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)
#define MOST_TICKS 0xFFFFFFu

static int semihosting(int operation, const void *argument) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* A number in hexadecimal digits: decimal ones would need a division. */
static void print(uint32_t number, char end) {
    char text[10];
    int at;
    for (at = 0; at < 8; at++) text[at] = "0123456789abcdef"[(number >> (28 - 4 * at)) & 15];
    text[8] = end;
    text[9] = 0;
    semihosting(0x04, text);
}

int main(void) {
    volatile uint32_t sum = 0;
    uint32_t from, ticks;
    unsigned i;
    SYSTICK_RELOAD = MOST_TICKS;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 5;
    from = SYSTICK_VALUE;
    for (i = 0; i < N_POINTS; i++) sum += helper_score(&points[i]).probability;
    ticks = (from - SYSTICK_VALUE) & MOST_TICKS;
    print(ticks, '\n');
    for (i = 0; i < N_POINTS; i++) {
        helper_result result = helper_score(&points[i]);
        print((uint32_t)result.reason, ' ');
        print((uint32_t)result.prediction, ' ');
        print(result.probability, '\n');
    }
    semihosting(0x18, (const void *)0x20026);
    for (;;) {
    }
}
