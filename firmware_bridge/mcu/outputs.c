#include "outputs.h"

#define BLINK_EVERY_MS 2048
#define BLINK_MS 100

void indicator_light(struct indicator *indicator, uint8_t colours, uint16_t milliseconds, uint32_t now_ms)
{
    indicator->colours = colours & (RED | GREEN);
    indicator->for_ever = milliseconds == 0;
    indicator->lit_ms = now_ms;
    indicator->lit_for_ms = milliseconds;
}

void indicator_sound(struct indicator *indicator, uint16_t milliseconds, uint32_t now_ms)
{
    indicator->sounding_ms = now_ms;
    indicator->sound_for_ms = milliseconds;
}

uint8_t indicator_colours(struct indicator *indicator, bool host_listens, uint32_t now_ms)
{
    if (!indicator->for_ever && now_ms - indicator->lit_ms >= indicator->lit_for_ms)
        indicator->colours = 0;
    if (!host_listens)
        return now_ms % BLINK_EVERY_MS < BLINK_MS ? RED : 0;
    return indicator->colours;
}

bool indicator_sounds(struct indicator *indicator, uint32_t now_ms)
{
    if (now_ms - indicator->sounding_ms >= indicator->sound_for_ms)
        indicator->sound_for_ms = 0; /* or it would sound again when the clock comes round */
    return indicator->sound_for_ms != 0;
}

void strike_set(struct strike *strike, uint16_t milliseconds, uint32_t now_ms)
{
    strike->released = milliseconds != 0;
    strike->since_ms = now_ms;
    strike->for_ms = milliseconds < MOST_RELEASE_MS ? milliseconds : MOST_RELEASE_MS;
}

bool strike_is_released(struct strike *strike, bool host_is_alive, uint32_t now_ms)
{
    if (!host_is_alive || now_ms - strike->since_ms >= strike->for_ms)
        strike->released = false;
    return strike->released;
}
