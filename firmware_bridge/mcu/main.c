/* Hands the registers to the bridge and the bridge's outputs to the registers, over and over. */
#include <avr/interrupt.h>
#include <avr/pgmspace.h>
#include <avr/wdt.h>
#include "board.h"
#include "bridge.h"
#include "edges.h"
#include "serial.h"

const char version[] PROGMEM __attribute__((used)) = "doorctl-bridge " VERSION;

static struct bridge bridge;

/* The clock is read after the edges: none of those that were taken is ahead of it. */
static void take_edges(void)
{
    uint8_t levels;
    uint16_t at;
    while (edges_take(&levels, &at))
        bridge_edge(&bridge, levels, at);
    if (edges_were_lost())
        bridge_lost_edges(&bridge, board_ticks());
    bridge_clock(&bridge, board_ticks());
}

/* One channel each millisecond: all of them are read between two Inputs, and edges wait for no arithmetic. */
static void take_reading(void)
{
    static uint32_t read_ms;
    uint8_t channel;
    uint16_t reading;
    if (bridge.clock.ms == read_ms || !board_converted(&channel, &reading))
        return;
    read_ms = bridge.clock.ms;
    bridge_reading(&bridge, channel, reading);
}

static void take_bytes(void)
{
    uint8_t byte;
    while (serial_take(&byte))
        bridge_byte(&bridge, byte);
}

static void put_outputs(void)
{
    uint8_t frame[FRAME_SPACE];
    struct shown shown;
    const uint8_t size = serial_has_room() ? bridge_frame(&bridge, frame) : 0;
    if (size)
        serial_send(frame, size);
    bridge_show(&bridge, &shown);
    board_show(&shown);
}

int main(void)
{
    board_begin();
    edges_begin();
    serial_begin();
    bridge_begin(&bridge, board_boot(), edges_levels(), CHANNELS_PRESENT, DRIVES_STRIKES);
    sei();
    for (;;) {
        wdt_reset();
        take_edges();
        bridge_tick(&bridge);
        take_reading();
        take_bytes();
        put_outputs();
        board_sleep();
    }
}
