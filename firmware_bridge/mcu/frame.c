#include "frame.h"

#define CRC_SIZE 2
#define PAUSE_MS 200

uint16_t crc_of(const uint8_t *bytes, uint8_t size)
{
    uint16_t crc = 0xFFFF;
    while (size--) {
        crc ^= (uint16_t)(*bytes++ << 8);
        for (uint8_t bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

/* Undo COBS in place: what comes out is never ahead of what goes in. Answers with the size, 0 where it does not add up. */
static uint8_t cobs_decode(uint8_t *bytes, uint8_t size)
{
    uint8_t out = 0;
    for (uint8_t position = 0; position < size;) {
        const uint8_t end = (uint8_t)(position + bytes[position]);
        if (end <= position || end > size)
            return 0;
        if (position)
            bytes[out++] = 0;
        while (++position < end)
            bytes[out++] = bytes[position];
    }
    return out;
}

static uint8_t body_size(struct frame_decoder *decoder)
{
    const uint8_t size = decoder->too_long ? 0 : cobs_decode(decoder->bytes, decoder->size);
    const bool sound = size > CRC_SIZE && crc_of(decoder->bytes, size) == 0;
    decoder->size = 0;
    decoder->too_long = false;
    return sound ? (uint8_t)(size - CRC_SIZE) : 0;
}

uint8_t frame_take(struct frame_decoder *decoder, uint8_t byte, uint32_t now_ms)
{
    if (decoder->size && now_ms - decoder->heard_ms > PAUSE_MS) {
        decoder->size = 0; /* half a frame is never completed by bytes that come hours later */
        decoder->too_long = false;
    }
    decoder->heard_ms = now_ms;
    if (byte == 0)
        return body_size(decoder);
    if (decoder->size == FRAME_LIMIT)
        decoder->too_long = true;
    else
        decoder->bytes[decoder->size++] = byte;
    return 0;
}

struct cobs_writer {
    uint8_t *frame;
    uint8_t run; /* where the length of the run goes that is being written */
    uint8_t end;
};

static void cobs_write(struct cobs_writer *to, uint8_t byte)
{
    if (byte) {
        to->frame[to->end++] = byte;
        return;
    }
    to->frame[to->run] = (uint8_t)(to->end - to->run);
    to->run = to->end++;
}

uint8_t frame_encode(const uint8_t *body, uint8_t size, uint8_t *frame)
{
    const uint16_t crc = crc_of(body, size);
    struct cobs_writer to = {.frame = frame, .run = 1, .end = 2};
    while (size--)
        cobs_write(&to, *body++);
    cobs_write(&to, (uint8_t)(crc >> 8));
    cobs_write(&to, (uint8_t)crc);
    cobs_write(&to, 0); /* closes the last run; the byte it leaves room for becomes the frame's end */
    frame[0] = frame[to.run] = 0;
    return to.end;
}
