/* What the host wants shown and released, and until when. No registers.
 *
 * A strike is released for at most MOST_RELEASE_MS, and only while the host's heartbeat is heard: whatever the host asks
 * for, and whatever becomes of it, the door is locked again soon.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MOST_RELEASE_MS 30000UL
#define RED 1
#define GREEN 2

struct indicator {
    uint8_t colours;
    bool for_ever;
    uint32_t lit_ms, sounding_ms; /* since when */
    uint16_t lit_for_ms, sound_for_ms;
};

void indicator_light(struct indicator *indicator, uint8_t colours, uint16_t milliseconds, uint32_t now_ms);
void indicator_sound(struct indicator *indicator, uint16_t milliseconds, uint32_t now_ms);
bool indicator_sounds(struct indicator *indicator, uint32_t now_ms);

/* Which LEDs are lit now; where no host listens, a short red blink every two seconds says so. */
uint8_t indicator_colours(struct indicator *indicator, bool host_listens, uint32_t now_ms);

struct strike {
    bool released;
    uint32_t since_ms;
    uint16_t for_ms;
};

/* Release for so many ms; 0 secures at once. */
void strike_set(struct strike *strike, uint16_t milliseconds, uint32_t now_ms);

/* Say whether the strike is released now; once it is secured it stays so until it is set again. */
bool strike_is_released(struct strike *strike, bool host_is_alive, uint32_t now_ms);
