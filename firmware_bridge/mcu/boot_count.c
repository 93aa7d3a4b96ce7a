#include "boot_count.h"
#include "frame.h"

/* 0 where the slot was never written, or not to its end. */
static uint32_t count_in(const struct boot_slot *slot)
{
    uint32_t count = 0;
    for (uint8_t place = 0; place < sizeof slot->count; place++)
        count = count << 8 | slot->count[place];
    return crc_of(slot->count, sizeof *slot) ? 0 : count;
}

static void write_count(struct boot_slot *slot, uint32_t count)
{
    for (uint8_t place = sizeof slot->count; place--; count >>= 8)
        slot->count[place] = (uint8_t)count;
    const uint16_t crc = crc_of(slot->count, sizeof slot->count);
    slot->crc[0] = (uint8_t)(crc >> 8);
    slot->crc[1] = (uint8_t)crc;
}

uint32_t boot_count_next(struct boot_slot slots[2], uint8_t *changed)
{
    const uint32_t first = count_in(&slots[0]), second = count_in(&slots[1]);
    const uint32_t count = (first > second ? first : second) + 1;
    *changed = first > second; /* the older one, so that the newer stands until this is written */
    write_count(&slots[*changed], count);
    return count;
}
