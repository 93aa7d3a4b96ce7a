/* The pins of the ATmega328P, its timer, converter, EEPROM and watchdog: all registers but those of edges and serial line.
 *
 * docs/microcontroller.md tells which pin is what.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "bridge.h"

#ifndef DRIVES_STRIKES
#define DRIVES_STRIKES 1
#endif
#ifndef CHANNELS_PRESENT
#define CHANNELS_PRESENT 0xFF /* the short housing (DIP) lacks ADC6 and ADC7, which then read anything: make CHANNELS=0x3F */
#endif

void board_begin(void);
uint16_t board_ticks(void);
uint32_t board_boot(void);
void board_show(const struct shown *shown);

/* Say whether a conversion has ended, of which channel, and begin the next. */
bool board_converted(uint8_t *channel, uint16_t *reading);

/* Sleep until anything happens, for a millisecond at most. */
void board_sleep(void);
