/* Runs the bridge's firmware on a simulated ATmega328P: its UART at a pty or socket, its pins driven from stdin.
 *
 * A test tool, compiled for each run of the tests and never shipped: it is linked with libsimavr, which is GPL-3, and so
 * is the compiled program (docs/adr/0001-dependencies.md). The firmware is untouched by that.
 *
 *   harness FIRMWARE.elf pty|DESCRIPTOR
 *
 * With a pty, simulated time keeps to the clock; where the computer is too slow it falls behind, and never hurries to
 * catch up. With an open socket in its place, time passes by `run` alone, as fast as it goes, and what was said before a
 * `run` is heard in it: a pty's bytes arrive when the kernel finds time. Commands, each answered by one line:
 *
 *   play D2-50 D2+1950 …   drive pins of port D low (-) or high (+), then wait so many us; plays go on side by side
 *   run US                 let time pass (with a socket)
 *   idle                   answer when all plays have ended
 *   analog CHANNEL MV      put a voltage to a channel of the converter; its reference is 5000
 *   lossy PERMILLE SEED    drop or change so many bytes of a thousand, both ways
 *   reset                  pull the reset pin
 *   hang MS                hold the main loop where it is, with interrupts going on
 *   stack                  answer how many bytes of RAM were never used since the start
 *
 * Every change of a driven output is a line of its own: `pin D6 1 US`.
 */
#define _GNU_SOURCE
#include <avr_adc.h>
#include <avr_ioport.h>
#include <avr_uart.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sim_avr.h>
#include <sim_cycle_timers.h>
#include <sim_elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define HERTZ 16000000ULL
#define CYCLES_PER_US 16
#define SLICE_CYCLES (HERTZ / 2000)
#define MOST_LAG_CYCLES (HERTZ / 20)
#define BYTE_CYCLES (HERTZ * 10 / 115200)
#define RUBBISH 0xC5
#define JUMP_TO_ITSELF "\xFF\xCF"
#define PIPED 4096
#define MOST_EDGES 65536
#define MOST_LINE 65536
#define DATA_PINS 0x3C
#define PIND_ADDRESS 0x29
#define SHARED_PTYS 200
#define NEVER UINT64_MAX

struct edge {
    uint64_t at;
    uint8_t pin, level;
};

static avr_t *avr;
static bool paced, is_woken;
static int line_to_host, other_end;
static struct edge edges[MOST_EDGES]; /* the next one last */
static unsigned waiting;
static uint8_t heard[PIPED]; /* bytes of the host that are still on their way */
static unsigned heard_first, heard_count;
static uint64_t heard_at, hangs_until = NEVER;
static uint8_t driven[2], held_code[2];
static uint32_t held_pc, statics_end;
static unsigned loss, chance;
static bool asked_idle;
static avr_ioport_external_t outside = {.name = 'D', .mask = DATA_PINS, .value = DATA_PINS};

/* Time */

/* Comes again at once, until it is cancelled: a core that sleeps would sleep on to the next timer before we are asked. */
static avr_cycle_count_t wake(avr_t *which, avr_cycle_count_t when, void *unused)
{
    (void)which, (void)unused;
    is_woken = true;
    return when + 1;
}

static uint64_t next_event(uint64_t until)
{
    if (waiting && edges[waiting - 1].at < until)
        until = edges[waiting - 1].at;
    if (heard_count && heard_at < until)
        until = heard_at;
    return hangs_until < until ? hangs_until : until;
}

static void raise_irq(uint32_t group, int index, uint32_t value)
{
    avr_raise_irq(avr_io_getirq(avr, group, index), value);
}

/* Drive a pin of port D from outside; without the ioctl each write of the firmware to the port would pull it up again. */
static void drive(uint8_t pin, uint8_t level)
{
    outside.value = (uint8_t)((outside.value & ~(1 << pin)) | level << pin);
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &outside);
    raise_irq(AVR_IOCTL_IOPORT_GETIRQ('D'), pin, level);
}

/* A reset of the chip, by whom ever, lets the simulator forget the levels outside. */
static void keep_levels(void)
{
    if (((avr->data[PIND_ADDRESS] ^ outside.value) & DATA_PINS) == 0)
        return;
    for (uint8_t pin = 2; pin < 6; pin++) {
        const uint8_t level = outside.value >> pin & 1;
        raise_irq(AVR_IOCTL_IOPORT_GETIRQ('D'), pin, !level); /* the same level again would not be looked at */
        drive(pin, level);
    }
}

static void play_edges(void)
{
    while (waiting && edges[waiting - 1].at <= avr->cycle) {
        const struct edge *edge = &edges[--waiting];
        drive(edge->pin, edge->level);
    }
}

static bool is_spoilt(uint8_t *byte)
{
    if (!loss || (unsigned)(rand_r(&chance) % 1000) >= loss)
        return false;
    *byte ^= (uint8_t)(1 << rand_r(&chance) % 8);
    return rand_r(&chance) % 2; /* dropped; or else changed */
}

/* One byte at a time, as fast as the line. */
static void deliver_byte(void)
{
    if (!heard_count || heard_at > avr->cycle)
        return;
    uint8_t byte = heard[heard_first++ % PIPED];
    heard_count--;
    heard_at = avr->cycle + BYTE_CYCLES;
    if (!is_spoilt(&byte))
        raise_irq(AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT, byte);
}

static void end_hang(void)
{
    if (hangs_until > avr->cycle)
        return;
    memcpy(avr->flash + held_pc, held_code, sizeof held_code);
    hangs_until = NEVER;
}

static void run_one(void)
{
    if (avr_run(avr) == cpu_Crashed)
        exit(3);
    keep_levels();
}

static void run_until(uint64_t until)
{
    while (avr->cycle < until) {
        const uint64_t next = next_event(until);
        is_woken = next <= avr->cycle;
        if (!is_woken)
            avr_cycle_timer_register(avr, next - avr->cycle, wake, NULL);
        while (!is_woken && avr->cycle < next) /* a reset forgets the timer: the clock is looked at, too */
            run_one();
        avr_cycle_timer_cancel(avr, wake, NULL);
        play_edges();
        deliver_byte();
        end_hang();
    }
}

static void no_sleep(avr_t *which, avr_cycle_count_t cycles)
{
    (void)which, (void)cycles;
}

/* What the firmware does */

static void note_outputs(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    static const struct { char name; uint8_t direction, port; } ports[2] = {{'B', 0x24, 0x25}, {'D', 0x2A, 0x2B}};
    (void)irq, (void)value, (void)unused;
    for (int place = 0; place < 2; place++) {
        const uint8_t now = avr->data[ports[place].direction] & avr->data[ports[place].port];
        for (int pin = 0; pin < 8; pin++)
            if ((now ^ driven[place]) >> pin & 1)
                printf("pin %c%d %d %llu\n", ports[place].name, pin, now >> pin & 1,
                       (unsigned long long)(avr->cycle / CYCLES_PER_US));
        driven[place] = now;
    }
}

static void watch_outputs(void)
{
    for (const char *port = "BD"; *port; port++) {
        const uint32_t group = AVR_IOCTL_IOPORT_GETIRQ(*port);
        avr_irq_register_notify(avr_io_getirq(avr, group, IOPORT_IRQ_DIRECTION_ALL), note_outputs, NULL);
        avr_irq_register_notify(avr_io_getirq(avr, group, IOPORT_IRQ_REG_PORT), note_outputs, NULL);
    }
}

static void send_to_host(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    uint8_t byte = (uint8_t)value;
    (void)irq, (void)unused;
    if (!is_spoilt(&byte) && write(line_to_host, &byte, 1) < 0 && errno != EAGAIN)
        exit(4);
}

static void hear_host(void)
{
    uint8_t bytes[PIPED];
    const ssize_t size = read(line_to_host, bytes, PIPED - heard_count);
    if (size > 0 && !heard_count)
        heard_at = avr->cycle;
    for (ssize_t place = 0; place < size; place++)
        heard[(heard_first + heard_count++) % PIPED] = bytes[place];
}

/* Commands */

static int later_first(const void *first, const void *second)
{
    const struct edge *one = first, *other = second;
    return one->at < other->at ? 1 : one->at > other->at ? -1 : 0;
}

static void play(char *rest)
{
    uint64_t at = avr->cycle + CYCLES_PER_US;
    for (char *word = strtok(rest, " "); word && waiting < MOST_EDGES; word = strtok(NULL, " ")) {
        edges[waiting++] = (struct edge){at, (uint8_t)(word[1] - '0'), word[2] == '+'};
        at += (uint64_t)(strtod(word + 3, NULL) * CYCLES_PER_US);
    }
    qsort(edges, waiting, sizeof *edges, later_first);
}

static void reset(void)
{
    avr_reset(avr);
    note_outputs(NULL, 0, NULL);
}

static void hang(unsigned ms)
{
    held_pc = avr->pc;
    memcpy(held_code, avr->flash + held_pc, sizeof held_code);
    memcpy(avr->flash + held_pc, JUMP_TO_ITSELF, sizeof held_code);
    hangs_until = avr->cycle + ms * 1000ULL * CYCLES_PER_US;
}

static unsigned unused_stack(void)
{
    unsigned size = 0;
    while (avr->data[statics_end + size] == RUBBISH)
        size++;
    return size;
}

static void carry_out(char *line)
{
    unsigned first = 0, second = 0;
    char *rest = strchr(line, ' ');
    if (rest)
        sscanf(rest, "%u %u", &first, &second);
    if (!strncmp(line, "play ", 5))
        play(rest + 1);
    else if (!strncmp(line, "run ", 4))
        run_until(avr->cycle + (uint64_t)first * CYCLES_PER_US);
    else if (!strncmp(line, "analog ", 7))
        raise_irq(AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + (int)first, second);
    else if (!strncmp(line, "lossy ", 6))
        loss = first, chance = second;
    else if (!strcmp(line, "reset"))
        reset();
    else if (!strncmp(line, "hang ", 5))
        hang(first);
    else if (!strcmp(line, "idle"))
        asked_idle = true;
    printf(!strcmp(line, "stack") ? "ok %u\n" : asked_idle ? "" : "ok\n", unused_stack());
}

static void answer_idle(void)
{
    if (asked_idle && !waiting)
        puts("ok");
    asked_idle = asked_idle && waiting;
}

/* Take what stands on stdin; its end is ours. */
static void take_commands(void)
{
    static char text[MOST_LINE];
    static size_t size;
    const ssize_t got = read(STDIN_FILENO, text + size, sizeof text - size - 1);
    if (got == 0)
        exit(0);
    size += got > 0 ? (size_t)got : 0;
    for (char *end; (end = memchr(text, '\n', size)); size -= (size_t)(end + 1 - text), memmove(text, end + 1, size)) {
        *end = 0;
        carry_out(text);
    }
}

/* Set up */

/* A pty with a number that nobody else has had: a door that has lost its reader opens the old path over and over. */
static int unused_pty(void)
{
    const int wanted = SHARED_PTYS + getpid() % SHARED_PTYS;
    int passed[2 * SHARED_PTYS], count = 0, number = -1, found;
    do {
        found = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
        passed[count++] = found;
        if (found < 0 || ioctl(found, TIOCGPTN, &number))
            exit(5);
    } while (number < wanted && count < 2 * SHARED_PTYS);
    while (--count)
        close(passed[count - 1]);
    return found;
}

static void open_pty(void)
{
    struct termios raw;
    line_to_host = unused_pty();
    grantpt(line_to_host);
    unlockpt(line_to_host);
    other_end = open(ptsname(line_to_host), O_RDWR | O_NOCTTY); /* kept: the line is there also while nobody has it open */
    tcgetattr(other_end, &raw);
    cfmakeraw(&raw);
    tcsetattr(other_end, TCSANOW, &raw);
    printf("pty %s\n", ptsname(line_to_host));
}

static void say_nothing(avr_t *which, const int level, const char *format, va_list rest)
{
    (void)which, (void)level, (void)format, (void)rest;
}

static void load(const char *path)
{
    elf_firmware_t firmware = {0};
    uint32_t flags = 0;
    avr_global_logger_set(say_nothing);
    if (elf_read_firmware(path, &firmware))
        exit(2);
    avr = avr_make_mcu_by_name("atmega328p");
    avr_init(avr);
    avr->frequency = HERTZ;
    avr->vcc = avr->avcc = avr->aref = 5000;
    avr->sleep = no_sleep;
    avr_load_firmware(avr, &firmware);
    avr->frequency = HERTZ;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= (uint32_t) ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    statics_end = 0x100 + firmware.datasize + firmware.bsssize;
    memset(avr->data + statics_end, RUBBISH, avr->ramend + 1 - statics_end);
}

static uint64_t clock_cycles(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * HERTZ + (uint64_t)now.tv_nsec * CYCLES_PER_US / 1000;
}

static void keep_pace(uint64_t *started)
{
    const uint64_t due = clock_cycles() - *started;
    if (due > avr->cycle + MOST_LAG_CYCLES)
        *started = clock_cycles() - avr->cycle;
    if (due > avr->cycle) {
        run_until(avr->cycle + SLICE_CYCLES);
        return;
    }
    const struct timespec pause = {.tv_nsec = 500000};
    nanosleep(&pause, NULL);
}

int main(int count, char **words)
{
    if (count != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    paced = !strcmp(words[2], "pty");
    load(words[1]);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), send_to_host, NULL);
    watch_outputs();
    if (paced)
        open_pty();
    else
        fcntl(line_to_host = atoi(words[2]), F_SETFL, O_NONBLOCK);
    for (uint64_t started = clock_cycles();;) {
        struct pollfd files[] = {{STDIN_FILENO, POLLIN, 0}, {line_to_host, POLLIN, 0}};
        poll(files, 2, paced ? 0 : -1);
        if (files[1].revents)
            hear_host();
        if (files[0].revents)
            take_commands();
        if (paced)
            keep_pace(&started);
        answer_idle();
    }
}
