/* One reader's two data lines: edges in, bursts of bits out. No registers.
 *
 * A pulse is a bit once its line is back high: on D0 a 0, on D1 a 1. Rules:
 * 1. What lasts less than 10 us is a glitch and nothing: a low line, a high moment within a pulse, both lines low.
 * 2. No pulse for 25 ms ends the burst.
 * 3. A burst that cannot be followed is spoilt: both lines low at once, a pulse of more than 1 ms, more than 512 bits,
 *    edges that were lost. It ends with 0 bits, so that nobody takes the rest of it for a card.
 * Times are ticks of half a microsecond, counted with 16 bits: nothing here compares what is further apart than 32 ms.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MAX_BURST_BITS 512
#define TICKS_PER_US 2
#define LINES_IDLE 3 /* bit 0: D0, bit 1: D1 */

struct burst {
    uint8_t reader;
    uint16_t bits;
    uint32_t at_ms; /* when the last pulse ended */
    uint16_t width_min, width_max, interval_min, interval_max; /* us */
    uint8_t data[MAX_BURST_BITS / 8];
};

struct wiegand {
    uint8_t levels;
    bool open;       /* a burst is under way */
    bool spoilt;
    bool low;        /* a pulse is under way, on `line` since `fell_at` */
    bool pending;    /* a pulse has ended, and is a bit unless its line falls again at once */
    uint8_t line;
    uint16_t fell_at, rose_at, started_at;
    uint16_t both_low_at;
    uint16_t last_at; /* the last pulse's end, or of a spoilt burst the last edge */
    struct burst burst;
};

void wiegand_begin(struct wiegand *reader, uint8_t number, uint8_t levels);

/* Take both lines' levels after an edge. */
void wiegand_edge(struct wiegand *reader, uint8_t levels, uint16_t at);

/* Edges were lost: whatever is under way is spoilt. */
void wiegand_spoil(struct wiegand *reader, uint16_t at);

/* Say, once per burst, that one has ended and is worth telling; it stays in `burst` until the next edge. */
bool wiegand_ended(struct wiegand *reader, uint16_t now, uint32_t now_ms);
