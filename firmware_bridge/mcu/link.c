#include "link.h"
#include <string.h>
#include "supervised.h"

#define FIRST_NUMBERED 0x04
#define HEARTBEAT_MS 1000
#define RESEND_MS 200
#define LEAST_INPUTS_MS 10
#define MOST 0xFFFF

/* What the sizes of the host's payloads must be, by code. */
static const uint8_t payload_size[] = {
    [HOST_HELLO] = 5, [HOST_ACK] = 0, [HOST_HEARTBEAT] = 0, [SET_LED] = 4, [BUZZ] = 3, [READ_INPUTS] = 3, [SET_STRIKE] = 3,
};

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint8_t *put_word(uint8_t *to, uint16_t word)
{
    *to++ = (uint8_t)(word >> 8);
    *to++ = (uint8_t)word;
    return to;
}

static uint8_t *put_long(uint8_t *to, uint32_t value)
{
    return put_word(put_word(to, (uint16_t)(value >> 16)), (uint16_t)value);
}

void link_begin(struct link *link, uint32_t boot)
{
    memset(link, 0, sizeof *link);
    link->boot = boot;
}

/* How old a burst is; a clock that was read a moment before it came makes it no older than 0. */
static uint16_t age_of(const struct burst *burst, uint32_t now_ms)
{
    const int32_t age_ms = (int32_t)(now_ms - burst->at_ms);
    if (age_ms < 0)
        return 0;
    return age_ms < MOST ? (uint16_t)age_ms : MOST;
}

/* The queue */

static struct queued *queue_up(struct link *link, uint8_t code, uint8_t reader, uint8_t value)
{
    if (link->waiting == QUEUE_SIZE) {
        link->lost += link->lost < MOST;
        return 0;
    }
    struct queued *queued = &link->queue[(link->first + link->waiting++) % QUEUE_SIZE];
    queued->code = code;
    queued->value = value;
    queued->burst.reader = reader;
    return queued;
}

void link_burst(struct link *link, const struct burst *burst)
{
    struct queued *queued = queue_up(link, BURST, burst->reader, 0);
    if (queued)
        queued->burst = *burst;
}

static void note(uint8_t *set, uint8_t reader, bool is_in)
{
    const uint8_t bit = (uint8_t)(1 << reader);
    *set = is_in ? *set | bit : *set & (uint8_t)~bit;
}

void link_tamper(struct link *link, uint8_t reader, bool active)
{
    note(&link->tampered, reader, active);
    queue_up(link, TAMPER, reader, active);
}

void link_presence(struct link *link, uint8_t reader, bool present)
{
    note(&link->absent, reader, !present);
    queue_up(link, PRESENCE, reader, present);
}

void link_keep_ages(struct link *link, uint32_t now_ms)
{
    for (uint8_t place = 0; place < QUEUE_SIZE; place++) {
        struct burst *burst = &link->queue[place].burst;
        if (age_of(burst, now_ms) == MOST)
            burst->at_ms = now_ms - MOST;
    }
    if (now_ms - link->heard_ms > MOST)
        link->heard_ms = now_ms - MOST;
}

/* What the host says */

static void open_session(struct link *link, uint32_t session, uint32_t now_ms)
{
    link->session = session;
    link->number = link->expected = 0;
    link->under_way = link->anything = link->ack_due = false;
    link->asked_channels = 0;
    link->heard_ms = now_ms;
    for (uint8_t reader = 0; reader < READERS; reader++) {
        if (link->tampered & 1 << reader)
            queue_up(link, TAMPER, reader, true);
        if (link->absent & 1 << reader)
            queue_up(link, PRESENCE, reader, false);
    }
}

static void hello(struct link *link, const uint8_t *payload, uint8_t size, uint32_t now_ms)
{
    if (size == 0 || (payload[0] == PROTOCOL_VERSION && size != payload_size[HOST_HELLO]))
        return;
    link->greet_due = true; /* a host of another version sees ours by it */
    if (payload[0] != PROTOCOL_VERSION)
        return;
    const uint32_t session = (uint32_t)word_at(payload + 1) << 16 | word_at(payload + 3);
    if (session != link->session)
        open_session(link, session, now_ms);
}

static void acknowledged(struct link *link, uint8_t number)
{
    if (!link->under_way || number != link->number)
        return;
    link->first = (link->first + 1) % QUEUE_SIZE;
    link->waiting--;
    link->number++;
    link->under_way = false;
}

/* Say whether a number is that of a message that must be taken now; acknowledge it, or lose the session by it. */
static bool is_new(struct link *link, uint8_t number)
{
    const bool is_expected = number == link->expected;
    const bool is_repeat = link->anything && number == (uint8_t)(link->expected - 1);
    if (link->session == 0 || (!is_expected && !is_repeat)) {
        link->session = 0; /* asks the host for a new start */
        link->ack_due = false;
        link->greet_due = true;
        return false;
    }
    link->ack_due = true;
    link->ack = number;
    link->expected += is_expected;
    link->anything = true;
    return is_expected;
}

static bool take_command(struct link *link, uint8_t code, const uint8_t *payload, struct command *command)
{
    const bool is_led = code == SET_LED;
    command->code = code;
    command->number = payload[0];
    command->colours = is_led ? payload[1] : 0;
    command->milliseconds = word_at(payload + 1 + is_led);
    if (code != READ_INPUTS)
        return true;
    link->asked_channels = payload[0];
    link->asked_ms = command->milliseconds;
    return false;
}

bool link_receive(struct link *link, const uint8_t *body, uint8_t size, uint32_t now_ms, struct command *command)
{
    const uint8_t code = body[0], *payload = body + 2;
    if (size < 2)
        return false;
    size -= 2;
    const bool is_known = code > 0 && code < sizeof payload_size;
    const bool fits = is_known && size == payload_size[code];
    if (is_known && !fits && code != HOST_HELLO)
        return false; /* it lost bytes whose CRC happens to fit: not acknowledged, so that it comes again */
    if ((code & 0x7F) >= FIRST_NUMBERED)
        return is_new(link, body[1]) && is_known && take_command(link, code, payload, command);
    if (code == HOST_HELLO)
        hello(link, payload, size, now_ms);
    if (code == HOST_ACK)
        acknowledged(link, body[1]);
    if (code == HOST_HEARTBEAT)
        link->heard_ms = now_ms;
    return false;
}

bool link_heard_within(const struct link *link, uint16_t milliseconds, uint32_t now_ms)
{
    return link->session && now_ms - link->heard_ms < milliseconds;
}

/* What the bridge says */

static uint8_t *begin(uint8_t *body, uint8_t code, uint8_t number)
{
    body[0] = code;
    body[1] = number;
    return body + 2;
}

static uint8_t *greeting(struct link *link, uint8_t *body)
{
    uint8_t *end = begin(body, BRIDGE_HELLO, 0);
    *end++ = PROTOCOL_VERSION;
    end = put_long(put_long(end, link->boot), link->session);
    *end++ = READERS;
    return end;
}

static uint8_t *sign_of_life(struct link *link, uint8_t *body, uint32_t now_ms)
{
    link->spoke = true;
    link->spoke_ms = now_ms;
    if (link->session == 0)
        return greeting(link, body);
    return put_word(begin(body, BRIDGE_HEARTBEAT, 0), link->lost);
}

static uint8_t *burst_body(const struct burst *burst, uint8_t *end, uint32_t now_ms)
{
    const uint8_t size = (uint8_t)((burst->bits + 7) / 8);
    *end++ = burst->reader;
    end = put_word(put_word(end, burst->bits), age_of(burst, now_ms));
    end = put_word(put_word(end, burst->width_min), burst->width_max);
    end = put_word(put_word(end, burst->interval_min), burst->interval_max);
    memcpy(end, burst->data, size);
    return end + size;
}

static uint8_t *due_message(struct link *link, uint8_t *body, uint32_t now_ms)
{
    const struct queued *queued = &link->queue[link->first];
    uint8_t *end = begin(body, queued->code, link->number);
    link->under_way = true;
    link->sent_ms = now_ms;
    if (queued->code == BURST)
        return burst_body(&queued->burst, end, now_ms);
    *end++ = queued->burst.reader;
    *end++ = queued->value;
    return end;
}

static uint8_t *inputs(struct link *link, uint8_t *body, const uint16_t *readings, uint8_t channels, uint32_t now_ms)
{
    uint8_t *end = begin(body, INPUTS, 0);
    link->told_ms = now_ms;
    channels &= link->asked_channels;
    *end++ = channels;
    for (uint8_t channel = 0; channel < 8; channel++)
        if (channels & 1 << channel)
            end = put_word(end, share_of(readings[channel]));
    return end;
}

static bool is_life_due(const struct link *link, uint32_t now_ms)
{
    return !link->spoke || now_ms - link->spoke_ms >= HEARTBEAT_MS;
}

static bool is_message_due(const struct link *link, uint32_t now_ms)
{
    return link->session && link->waiting && (!link->under_way || now_ms - link->sent_ms >= RESEND_MS);
}

static bool are_inputs_due(const struct link *link, uint8_t channels, uint32_t now_ms)
{
    const uint16_t every_ms = link->asked_ms < LEAST_INPUTS_MS ? LEAST_INPUTS_MS : link->asked_ms;
    return link->session && link->asked_channels & channels && now_ms - link->told_ms >= every_ms;
}

static uint8_t *next(struct link *link, uint8_t *body, const uint16_t *readings, uint8_t channels, uint32_t now_ms)
{
    if (link->greet_due) {
        link->greet_due = false;
        return greeting(link, body);
    }
    if (link->ack_due) {
        link->ack_due = false;
        return begin(body, BRIDGE_ACK, link->ack);
    }
    if (is_life_due(link, now_ms))
        return sign_of_life(link, body, now_ms);
    if (is_message_due(link, now_ms))
        return due_message(link, body, now_ms);
    if (are_inputs_due(link, channels, now_ms))
        return inputs(link, body, readings, channels, now_ms);
    return body;
}

uint8_t link_next(struct link *link, uint8_t *body, const uint16_t *readings, uint8_t channels, uint32_t now_ms)
{
    return (uint8_t)(next(link, body, readings, channels, now_ms) - body);
}
