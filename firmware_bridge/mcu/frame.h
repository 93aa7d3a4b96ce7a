/* Bytes to checked frames and back: COBS between zero bytes, with a CRC-16 (docs/serial-protocol.md). No registers. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define FRAME_LIMIT 96 /* bytes between the zero bytes */
#define BODY_LIMIT (FRAME_LIMIT - 3) /* without the first length of COBS and the CRC */
#define FRAME_SPACE (FRAME_LIMIT + 2)

struct frame_decoder {
    uint8_t bytes[FRAME_LIMIT]; /* as they came; once a frame is whole, its body */
    uint8_t size;
    bool too_long;
    uint32_t heard_ms;
};

/* Take a byte; answers with the size of the body that it completes, which then stands in `bytes`, or 0. */
uint8_t frame_take(struct frame_decoder *decoder, uint8_t byte, uint32_t now_ms);

/* Write a body of up to BODY_LIMIT bytes as a frame into FRAME_SPACE bytes; answers with the frame's size. */
uint8_t frame_encode(const uint8_t *body, uint8_t size, uint8_t *frame);

/* CRC-16/IBM-3740; over a body and its own CRC it gives 0. */
uint16_t crc_of(const uint8_t *bytes, uint8_t size);
