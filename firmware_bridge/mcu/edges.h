/* Edges of the data lines with their time: an interrupt keeps them, the main loop takes them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void edges_begin(void);

/* The levels of all data lines now: two bits for each reader, D0 the lower. */
uint8_t edges_levels(void);

/* Take the oldest edge; says whether there was one. */
bool edges_take(uint8_t *levels, uint16_t *at);

/* Say, once, whether more edges came than could be kept. */
bool edges_were_lost(void);
