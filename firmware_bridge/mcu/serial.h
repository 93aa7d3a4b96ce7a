/* The serial line to the host: 115200 bit/s, 8N1, both ways buffered. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void serial_begin(void);
bool serial_take(uint8_t *byte);

/* Say whether a frame of the longest size fits into what waits to be sent. */
bool serial_has_room(void);
void serial_send(const uint8_t *bytes, uint8_t size);
