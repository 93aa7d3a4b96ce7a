#include "supervised.h"

#define SERIES 2200UL
#define PARALLEL 4700UL
#define PULL_UP 4700UL
#define DEBOUNCE_MS 30

#define SHARE(ohms) (FULL_SCALE * (ohms) / (PULL_UP + (ohms)))
#define CLOSED_SHARE SHARE(SERIES)
#define OPEN_SHARE SHARE(SERIES + PARALLEL)
#define MARGIN ((OPEN_SHARE - CLOSED_SHARE) / 8) /* closed and open are the nearest two */

static const uint16_t bounds[] = {
    CLOSED_SHARE / 2,
    (CLOSED_SHARE + OPEN_SHARE) / 2,
    (OPEN_SHARE + FULL_SCALE) / 2,
};

uint16_t share_of(uint16_t reading)
{
    return (uint16_t)(((uint32_t)reading * FULL_SCALE + MOST_READING / 2) / MOST_READING);
}

static bool still_is(enum level level, uint16_t share)
{
    if (level == LEVEL_UNKNOWN)
        return false;
    const bool not_below = level == LEVEL_SHORT || share >= bounds[level - 1] - MARGIN;
    const bool not_above = level == LEVEL_CUT || share <= bounds[level] + MARGIN;
    return not_below && not_above;
}

enum level level_of(uint16_t share, enum level before)
{
    if (still_is(before, share))
        return before;
    uint8_t level = LEVEL_SHORT;
    while (level < LEVEL_CUT && share >= bounds[level])
        level++;
    return (enum level)level;
}

void tamper_begin(struct tamper *tamper, uint32_t now_ms)
{
    *tamper = (struct tamper){.next = LEVEL_CLOSED, .next_since_ms = now_ms};
}

bool tamper_take(struct tamper *tamper, uint16_t reading, uint32_t now_ms)
{
    const enum level level = level_of(share_of(reading), tamper->next);
    if (level != tamper->next) {
        tamper->next = level;
        tamper->next_since_ms = now_ms;
    }
    if (now_ms - tamper->next_since_ms < DEBOUNCE_MS)
        return false;
    const bool was_active = tamper->active;
    tamper->active = level != LEVEL_CLOSED;
    return tamper->active != was_active;
}
