/* What a supervised line tells by its share of the supply, and a tamper contact at the end of one. No registers.
 *
 * The host judges the lines it asks for by the resistors of its configuration. The tamper contacts of the readers the
 * bridge judges itself: 2k2 in series, 4k7 across the contact, 4k7 as pull-up.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MOST_READING 0x3FF /* the converter has 10 bits */
#define FULL_SCALE 0xFFFF

enum level { LEVEL_SHORT, LEVEL_CLOSED, LEVEL_OPEN, LEVEL_CUT, LEVEL_UNKNOWN };

/* A reading as a share of the supply, as message Inputs has it. */
uint16_t share_of(uint16_t reading);

/* Which level a share is; the one before stays until its bound is passed by the margin. */
enum level level_of(uint16_t share, enum level before);

struct tamper {
    enum level next;
    uint32_t next_since_ms;
    bool active; /* anything but a sound line with a closed contact, for 30 ms */
};

void tamper_begin(struct tamper *tamper, uint32_t now_ms);

/* Take a reading; say whether `active` has changed by it. */
bool tamper_take(struct tamper *tamper, uint16_t reading, uint32_t now_ms);
