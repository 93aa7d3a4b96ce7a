/* The whole bridge without its registers: edges, readings and bytes in; bytes and levels of outputs out.
 *
 * `main.c` hands over what the registers say, the tests on a computer what they like.
 */
#pragma once
#include "frame.h"
#include "link.h"
#include "outputs.h"
#include "supervised.h"
#include "wiegand.h"

#define CHANNELS 8
#define STRIKES 2

/* Both data lines low, or high again, for so long. */
struct presence {
    bool present;
    uint32_t since_ms; /* since when the lines say the contrary */
};

struct clock {
    uint16_t ticks;
    uint32_t rest, ms;
};

struct bridge {
    struct clock clock;
    struct frame_decoder decoder;
    struct link link;
    struct wiegand wiegand[READERS];
    struct presence presence[READERS];
    struct tamper tamper[READERS];
    struct indicator indicator[READERS];
    struct strike strike[STRIKES];
    uint16_t readings[CHANNELS];
    uint8_t channels; /* a bit for each channel that the converter has */
    bool drives_strikes;
};

/* What the pins of a reader and the strikes must be now. */
struct shown {
    uint8_t colours[READERS];
    bool sounds[READERS], released[STRIKES];
};

/* `boot` differs from start to start; `levels` are those of all data lines, two bits for each reader. */
void bridge_begin(struct bridge *bridge, uint32_t boot, uint8_t levels, uint8_t channels, bool drives_strikes);

/* Count the time; must be called more often than the 16 bits of the ticks come round. */
void bridge_clock(struct bridge *bridge, uint16_t ticks);

/* Take the levels of all data lines after an edge; `at` may be a little ahead of the clock. */
void bridge_edge(struct bridge *bridge, uint8_t levels, uint16_t at);

/* Edges were lost, because too many came at once. */
void bridge_lost_edges(struct bridge *bridge, uint16_t at);

void bridge_reading(struct bridge *bridge, uint8_t channel, uint16_t reading);
void bridge_byte(struct bridge *bridge, uint8_t byte);

/* Look what time has brought; after the edges up to `bridge_clock` were handed over. */
void bridge_tick(struct bridge *bridge);

/* Write the next frame that must be sent into FRAME_SPACE bytes; answers with its size, 0: nothing now. */
uint8_t bridge_frame(struct bridge *bridge, uint8_t *frame);

void bridge_show(struct bridge *bridge, struct shown *shown);
