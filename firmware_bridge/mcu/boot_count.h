/* How often the bridge has started, kept in two slots: a start that power cuts short while it counts spoils only one.
 * No registers. */
#pragma once
#include <stdint.h>

struct boot_slot {
    uint8_t count[4]; /* high byte first */
    uint8_t crc[2];
};

/* Count one start: changes one of the two slots, answers with the count, and with which slot must be written. */
uint32_t boot_count_next(struct boot_slot slots[2], uint8_t *changed);
