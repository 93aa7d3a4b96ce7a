#include "bridge.h"
#include <string.h>

#define TICKS_PER_MS (1000U * TICKS_PER_US)
#define PRESENCE_MS 50
#define HOST_LISTENS_MS 5000
#define HOST_IS_ALIVE_MS 3000 /* for a strike: three of its heartbeats are missing */

/* Where the tamper contact of a reader is: after the contact and the REX of its door. */
static const uint8_t tamper_channel[READERS] = {2, 5};

static uint8_t lines_of(uint8_t reader, uint8_t levels)
{
    return levels >> 2 * reader & LINES_IDLE;
}

void bridge_begin(struct bridge *bridge, uint32_t boot, uint8_t levels, uint8_t channels, bool drives_strikes)
{
    memset(bridge, 0, sizeof *bridge);
    link_begin(&bridge->link, boot);
    bridge->channels = channels;
    bridge->drives_strikes = drives_strikes;
    for (uint8_t reader = 0; reader < READERS; reader++) {
        wiegand_begin(&bridge->wiegand[reader], reader, lines_of(reader, levels));
        bridge->presence[reader].present = true;
        tamper_begin(&bridge->tamper[reader], 0);
    }
}

void bridge_clock(struct bridge *bridge, uint16_t ticks)
{
    struct clock *clock = &bridge->clock;
    clock->rest += (uint16_t)(ticks - clock->ticks);
    clock->ticks = ticks;
    for (; clock->rest >= TICKS_PER_MS; clock->rest -= TICKS_PER_MS)
        clock->ms++;
}

void bridge_edge(struct bridge *bridge, uint8_t levels, uint16_t at)
{
    for (uint8_t reader = 0; reader < READERS; reader++) {
        struct wiegand *wiegand = &bridge->wiegand[reader];
        const uint8_t lines = lines_of(reader, levels);
        if (!bridge->presence[reader].present)
            wiegand->levels = lines; /* what a reader sends while it is being connected is no card */
        else if (lines != wiegand->levels)
            wiegand_edge(wiegand, lines, at);
    }
}

void bridge_lost_edges(struct bridge *bridge, uint16_t at)
{
    for (uint8_t reader = 0; reader < READERS; reader++)
        wiegand_spoil(&bridge->wiegand[reader], at);
}

void bridge_reading(struct bridge *bridge, uint8_t channel, uint16_t reading)
{
    bridge->readings[channel] = reading;
    for (uint8_t reader = 0; reader < READERS; reader++) {
        struct tamper *tamper = &bridge->tamper[reader];
        if (tamper_channel[reader] == channel && tamper_take(tamper, reading, bridge->clock.ms))
            link_tamper(&bridge->link, reader, tamper->active);
    }
}

static void carry_out(struct bridge *bridge, const struct command *command)
{
    const uint32_t now_ms = bridge->clock.ms;
    const uint8_t number = command->number;
    if (command->code == SET_STRIKE) {
        if (bridge->drives_strikes && number < STRIKES)
            strike_set(&bridge->strike[number], command->milliseconds, now_ms);
    } else if (number >= READERS) {
        return;
    } else if (command->code == SET_LED) {
        indicator_light(&bridge->indicator[number], command->colours, command->milliseconds, now_ms);
    } else {
        indicator_sound(&bridge->indicator[number], command->milliseconds, now_ms);
    }
}

void bridge_byte(struct bridge *bridge, uint8_t byte)
{
    struct command command = {0};
    const uint8_t size = frame_take(&bridge->decoder, byte, bridge->clock.ms);
    if (size && link_receive(&bridge->link, bridge->decoder.bytes, size, bridge->clock.ms, &command))
        carry_out(bridge, &command);
}

static void watch_presence(struct bridge *bridge, uint8_t reader)
{
    struct presence *presence = &bridge->presence[reader];
    const uint8_t contrary = presence->present ? 0 : LINES_IDLE;
    const uint32_t now_ms = bridge->clock.ms;
    if (bridge->wiegand[reader].levels != contrary)
        presence->since_ms = now_ms;
    if (now_ms - presence->since_ms < PRESENCE_MS)
        return;
    presence->present = !presence->present;
    presence->since_ms = now_ms;
    link_presence(&bridge->link, reader, presence->present);
}

void bridge_tick(struct bridge *bridge)
{
    for (uint8_t reader = 0; reader < READERS; reader++) {
        struct wiegand *wiegand = &bridge->wiegand[reader];
        if (wiegand_ended(wiegand, bridge->clock.ticks, bridge->clock.ms))
            link_burst(&bridge->link, &wiegand->burst);
        watch_presence(bridge, reader);
    }
    link_keep_ages(&bridge->link, bridge->clock.ms);
}

uint8_t bridge_frame(struct bridge *bridge, uint8_t *frame)
{
    uint8_t body[BODY_LIMIT];
    const uint8_t size = link_next(&bridge->link, body, bridge->readings, bridge->channels, bridge->clock.ms);
    return size ? frame_encode(body, size, frame) : 0;
}

void bridge_show(struct bridge *bridge, struct shown *shown)
{
    const uint32_t now_ms = bridge->clock.ms;
    const bool listens = link_heard_within(&bridge->link, HOST_LISTENS_MS, now_ms);
    const bool alive = link_heard_within(&bridge->link, HOST_IS_ALIVE_MS, now_ms);
    for (uint8_t reader = 0; reader < READERS; reader++) {
        shown->colours[reader] = indicator_colours(&bridge->indicator[reader], listens, now_ms);
        shown->sounds[reader] = indicator_sounds(&bridge->indicator[reader], now_ms);
    }
    for (uint8_t strike = 0; strike < STRIKES; strike++)
        shown->released[strike] = strike_is_released(&bridge->strike[strike], alive, now_ms);
}
