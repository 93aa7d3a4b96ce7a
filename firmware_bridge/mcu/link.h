/* The bridge's end of the link: bodies of frames in, commands and bodies out. No registers.
 *
 * Rules 1 to 8 of docs/serial-protocol.md; firmware_bridge/device_protocol.py is the same in Python.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "wiegand.h"

#define PROTOCOL_VERSION 1
#define QUEUE_SIZE 8
#define READERS 2

enum code {
    HOST_HELLO = 0x01, HOST_ACK, HOST_HEARTBEAT, SET_LED, BUZZ, READ_INPUTS, SET_STRIKE,
    INPUTS = 0x80, BRIDGE_HELLO, BRIDGE_ACK, BRIDGE_HEARTBEAT, BURST, TAMPER, PRESENCE,
};

/* SetLed, Buzz or SetStrike: `number` is a reader's, or a strike's. */
struct command {
    uint8_t code, number, colours;
    uint16_t milliseconds;
};

struct queued {
    uint8_t code, value;
    struct burst burst; /* of Tamper and Presence only the reader */
};

struct link {
    uint32_t boot, session;
    struct queued queue[QUEUE_SIZE];
    uint8_t first, waiting, number;
    bool under_way;
    uint32_t sent_ms;
    uint8_t expected;
    bool anything;
    bool ack_due, greet_due, spoke;
    uint8_t ack;
    uint32_t spoke_ms, heard_ms;
    uint16_t lost;
    uint8_t asked_channels;
    uint16_t asked_ms;
    uint32_t told_ms;
    uint8_t tampered, absent; /* a bit for each reader */
};

void link_begin(struct link *link, uint32_t boot);

/* Take a frame's body; say whether it is a command that must be carried out. */
bool link_receive(struct link *link, const uint8_t *body, uint8_t size, uint32_t now_ms, struct command *command);

void link_burst(struct link *link, const struct burst *burst);
void link_tamper(struct link *link, uint8_t reader, bool active);
void link_presence(struct link *link, uint8_t reader, bool present);

/* Write the next body that must be sent into BODY_LIMIT bytes; answers with its size, 0: nothing now.
 * `readings` are those of the converter, of the channels whose bits `channels` has. */
uint8_t link_next(struct link *link, uint8_t *body, const uint16_t *readings, uint8_t channels, uint32_t now_ms);

/* Keep the clock from coming round: what is very old stays so. */
void link_keep_ages(struct link *link, uint32_t now_ms);

/* Say whether a host has been heard within so many ms. */
bool link_heard_within(const struct link *link, uint16_t milliseconds, uint32_t now_ms);
