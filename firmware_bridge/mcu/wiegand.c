#include "wiegand.h"
#include <string.h>

#define GLITCH_TICKS (10 * TICKS_PER_US)
#define LONGEST_TICKS (1000U * TICKS_PER_US)
#define QUIET_TICKS (25000U * TICKS_PER_US)

static uint16_t ticks_since(uint16_t then, uint16_t now)
{
    return (uint16_t)(now - then);
}

void wiegand_begin(struct wiegand *reader, uint8_t number, uint8_t levels)
{
    memset(reader, 0, sizeof *reader);
    reader->burst.reader = number;
    reader->levels = levels;
}

static void open_burst(struct wiegand *reader, uint16_t at)
{
    const uint8_t number = reader->burst.reader;
    wiegand_begin(reader, number, reader->levels);
    reader->open = true;
    reader->last_at = at;
}

void wiegand_spoil(struct wiegand *reader, uint16_t at)
{
    if (!reader->open)
        open_burst(reader, at);
    reader->spoilt = true;
    reader->last_at = at;
}

static void note_extremes(uint16_t ticks, uint16_t *least, uint16_t *most)
{
    const uint16_t us = ticks / TICKS_PER_US;
    if (*most == 0 || us < *least)
        *least = us;
    if (us > *most)
        *most = us;
}

/* Make the pulse that has ended a bit. */
static void commit(struct wiegand *reader)
{
    struct burst *burst = &reader->burst;
    if (!reader->pending)
        return;
    reader->pending = false;
    if (burst->bits == MAX_BURST_BITS) {
        reader->spoilt = true;
        return;
    }
    note_extremes(ticks_since(reader->fell_at, reader->rose_at), &burst->width_min, &burst->width_max);
    if (burst->bits)
        note_extremes(ticks_since(reader->started_at, reader->fell_at), &burst->interval_min, &burst->interval_max);
    reader->started_at = reader->fell_at;
    if (reader->line)
        burst->data[burst->bits / 8] |= (uint8_t)(0x80 >> burst->bits % 8);
    burst->bits++;
}

static void pulse_begins(struct wiegand *reader, uint8_t line, uint16_t at)
{
    reader->low = true;
    if (reader->pending && reader->line == line && ticks_since(reader->rose_at, at) < GLITCH_TICKS) {
        reader->pending = false; /* the high moment was the glitch: one pulse goes on */
        return;
    }
    commit(reader);
    reader->line = line;
    reader->fell_at = at;
}

static void pulse_ends(struct wiegand *reader, uint16_t at)
{
    const uint16_t width = ticks_since(reader->fell_at, at);
    reader->low = false;
    if (width < GLITCH_TICKS)
        return;
    reader->spoilt |= width > LONGEST_TICKS;
    reader->pending = true;
    reader->rose_at = reader->last_at = at;
}

/* Follow an edge of a burst that is not spoilt. */
static void follow(struct wiegand *reader, uint8_t before, uint16_t at)
{
    const bool was_both_low = before == 0;
    if (reader->levels == 0) {
        reader->both_low_at = at;
        return;
    }
    if (was_both_low && ticks_since(reader->both_low_at, at) >= GLITCH_TICKS) {
        wiegand_spoil(reader, at);
        return;
    }
    if (reader->low && reader->levels & 1 << reader->line)
        pulse_ends(reader, at);
    if (!reader->low && reader->levels != LINES_IDLE)
        pulse_begins(reader, reader->levels == 1, was_both_low ? reader->both_low_at : at);
}

void wiegand_edge(struct wiegand *reader, uint8_t levels, uint16_t at)
{
    const uint8_t before = reader->levels;
    reader->levels = levels;
    if (!reader->open && before & ~levels)
        open_burst(reader, at);
    if (reader->spoilt)
        reader->last_at = at;
    else if (reader->open)
        follow(reader, before, at);
}

static bool is_over(struct wiegand *reader, uint16_t now)
{
    if (reader->low && !reader->spoilt && ticks_since(reader->fell_at, now) > LONGEST_TICKS)
        wiegand_spoil(reader, now);
    return (reader->spoilt || !reader->low) && ticks_since(reader->last_at, now) >= QUIET_TICKS;
}

bool wiegand_ended(struct wiegand *reader, uint16_t now, uint32_t now_ms)
{
    struct burst *burst = &reader->burst;
    if (!reader->open || !is_over(reader, now))
        return false;
    commit(reader);
    reader->open = false;
    if (reader->spoilt || reader->levels != LINES_IDLE)
        burst->bits = 0;
    burst->at_ms = now_ms - ticks_since(reader->last_at, now) / (1000U * TICKS_PER_US);
    return burst->bits || (reader->spoilt && reader->levels); /* both low: that nothing is connected is told instead */
}
