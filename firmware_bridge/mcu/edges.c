#include "edges.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define KEPT 64 /* three milliseconds of two readers at the shortest intervals */
#define FIRST_PIN PD2
#define DATA_PINS (0x0F << FIRST_PIN)

static volatile struct {
    uint16_t at;
    uint8_t levels;
} kept[KEPT];
static volatile uint8_t newest, oldest;
static volatile bool lost;

/* Short, and nothing else: a pulse of 20 us is missed if its second edge comes before the first one's level was read. */
ISR(PCINT2_vect)
{
    const uint8_t levels = PIND;
    const uint8_t place = newest, next = (place + 1) % KEPT;
    if (next == oldest) {
        lost = true;
        return;
    }
    kept[place].at = TCNT1;
    kept[place].levels = levels;
    newest = next;
}

void edges_begin(void)
{
    PORTD |= DATA_PINS; /* pull-ups: readers' outputs are open collectors */
    PCMSK2 = DATA_PINS;
    PCICR = 1 << PCIE2;
}

uint8_t edges_levels(void)
{
    return (PIND & DATA_PINS) >> FIRST_PIN;
}

bool edges_take(uint8_t *levels, uint16_t *at)
{
    const uint8_t place = oldest;
    if (place == newest)
        return false;
    *at = kept[place].at;
    *levels = (kept[place].levels & DATA_PINS) >> FIRST_PIN;
    oldest = (place + 1) % KEPT;
    return true;
}

bool edges_were_lost(void)
{
    bool were_lost;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        were_lost = lost;
        lost = false;
    }
    return were_lost;
}
