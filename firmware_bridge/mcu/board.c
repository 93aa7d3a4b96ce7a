#include "board.h"
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/atomic.h>
#include "boot_count.h"

#define STRIKE_PINS (1 << PD6 | 1 << PD7) /* not on the pins of the programmer, which would release them */
#define PINS_OF_A_READER 3                /* red, green, buzzer: port B from its lowest pin on */
#define INDICATOR_PINS 0x3F

/* Without it a start by the watchdog, whose time is short then, ends in the next one. */
void stop_watchdog(void) __attribute__((naked, used, section(".init3")));
void stop_watchdog(void)
{
    MCUSR = 0;
    wdt_disable();
}

static struct boot_slot boot_slots[2] EEMEM;

EMPTY_INTERRUPT(TIMER0_COMPA_vect) /* it only wakes: code here would keep an edge waiting */

static void begin_timers(void)
{
    TCCR1B = 1 << CS11; /* half a microsecond a tick */
    TCCR0A = 1 << WGM01;
    TCCR0B = 1 << CS01 | 1 << CS00;
    OCR0A = F_CPU / 64 / 1000 - 1;
    TIMSK0 = 1 << OCIE0A;
}

static void begin_converter(void)
{
    ADMUX = 1 << REFS0; /* the supply, of which the readings are shares */
    ADCSRA = 1 << ADEN | 1 << ADSC | 1 << ADPS2 | 1 << ADPS1 | 1 << ADPS0;
    DIDR0 = 0x3F;
}

void board_begin(void)
{
    PORTB = PORTD = 0; /* secured and dark before they drive anything */
    DDRB = INDICATOR_PINS;
    DDRD = DRIVES_STRIKES ? STRIKE_PINS : 0;
    begin_timers();
    begin_converter();
    set_sleep_mode(SLEEP_MODE_IDLE);
    wdt_enable(WDTO_250MS);
}

uint16_t board_ticks(void)
{
    uint16_t ticks;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) /* the high byte is latched in a register that the edges' interrupt uses, too */
        ticks = TCNT1;
    return ticks;
}

uint32_t board_boot(void)
{
    struct boot_slot slots[2];
    uint8_t changed;
    eeprom_read_block(slots, boot_slots, sizeof slots);
    const uint32_t boot = boot_count_next(slots, &changed);
    eeprom_update_block(&slots[changed], &boot_slots[changed], sizeof slots[changed]);
    return boot;
}

void board_show(const struct shown *shown)
{
    uint8_t indicators = 0, strikes = 0;
    for (uint8_t reader = 0; reader < READERS; reader++) {
        const uint8_t pins = shown->colours[reader] | (uint8_t)(shown->sounds[reader] << 2);
        indicators |= (uint8_t)(pins << PINS_OF_A_READER * reader);
    }
    for (uint8_t strike = 0; strike < STRIKES; strike++)
        strikes |= (uint8_t)(shown->released[strike] << (PD6 + strike));
    PORTB = indicators;
    PORTD = (PORTD & (uint8_t)~STRIKE_PINS) | strikes;
}

bool board_converted(uint8_t *channel, uint16_t *reading)
{
    if (ADCSRA & 1 << ADSC)
        return false;
    *channel = ADMUX & 7;
    *reading = ADC;
    ADMUX = 1 << REFS0 | ((*channel + 1) & 7);
    ADCSRA |= 1 << ADSC;
    return true;
}

void board_sleep(void)
{
    sleep_mode();
}
