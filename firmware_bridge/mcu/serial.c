#include "serial.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include "frame.h"

#define RATE_DIVISOR 16 /* 117647 bit/s at 16 MHz and double speed: 2.1 % fast, as every Arduino at 115200 */
#define HEARD 64
#define SAID 128

static volatile uint8_t heard[HEARD], said[SAID];
static volatile uint8_t heard_newest, heard_oldest, said_newest, said_oldest;

ISR(USART_RX_vect)
{
    const uint8_t byte = UDR0, next = (heard_newest + 1) % HEARD;
    if (next == heard_oldest)
        return; /* the frame's checksum tells that it is missing */
    heard[heard_newest] = byte;
    heard_newest = next;
}

ISR(USART_UDRE_vect)
{
    if (said_oldest == said_newest) {
        UCSR0B &= (uint8_t)~(1 << UDRIE0);
        return;
    }
    UDR0 = said[said_oldest];
    said_oldest = (said_oldest + 1) % SAID;
}

void serial_begin(void)
{
    UBRR0 = RATE_DIVISOR;
    UCSR0A = 1 << U2X0;
    UCSR0C = 1 << UCSZ01 | 1 << UCSZ00;
    UCSR0B = 1 << RXEN0 | 1 << TXEN0 | 1 << RXCIE0;
}

bool serial_take(uint8_t *byte)
{
    if (heard_oldest == heard_newest)
        return false;
    *byte = heard[heard_oldest];
    heard_oldest = (heard_oldest + 1) % HEARD;
    return true;
}

bool serial_has_room(void)
{
    const uint8_t waiting = (said_newest - said_oldest) % SAID;
    return waiting + FRAME_SPACE < SAID;
}

void serial_send(const uint8_t *bytes, uint8_t size)
{
    while (size--) {
        said[said_newest] = *bytes++;
        said_newest = (said_newest + 1) % SAID;
    }
    UCSR0B |= 1 << UDRIE0;
}
