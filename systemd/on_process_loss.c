/* Puts the strikes' pins to their on_process_loss level when the door process is gone, however it went.
 *
 * systemd runs it (ExecStopPost=) with the file that the door writes before it takes the pins and removes once it has
 * left them in good order: a line "PIN LEVEL" for each strike. One pin that fails does not keep the others from their
 * level. Through the GPIO character device (linux/gpio.h, version 2); small, static, and without Python, which may be
 * what is broken.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DONE = 0, SOME_FAILED = 1, WRONG_USE = 2, NO_FILE_TO_READ = 66, NO_BOARD = 69 };
enum { MOST_CHIPS = 16, HIGHEST_PIN = 53 };

/* What the kernel calls the pins of the header: Raspberry Pi 0 to 3, 4, 5. */
static const char *const BOARDS[] = {"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"};

static int is_board(int chip)
{
    struct gpiochip_info info = {0};
    if (ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, &info) < 0) return 0;
    for (size_t i = 0; i < sizeof BOARDS / sizeof *BOARDS; i++)
        if (strncmp(info.label, BOARDS[i], sizeof info.label) == 0) return 1;
    return 0;
}

static int open_board(void)
{
    for (int number = 0; number < MOST_CHIPS; number++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/gpiochip%d", number);
        int chip = open(path, O_RDWR | O_CLOEXEC);
        if (chip < 0) {
            if (errno != ENOENT) fprintf(stderr, "<4>event=pins_unavailable why=\"%s: %s\"\n", path, strerror(errno));
            continue;
        }
        if (is_board(chip)) return chip;
        close(chip);
    }
    return -1;
}

static int put(int chip, unsigned pin, unsigned level)
{
    struct gpio_v2_line_request request = {.num_lines = 1, .consumer = "doorctl"};
    request.offsets[0] = pin;
    request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
    request.config.num_attrs = 1;
    request.config.attrs[0].mask = 1;
    request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
    request.config.attrs[0].attr.values = level;
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) < 0) return -1;
    close(request.fd);
    return 0;
}

/* Read one line; tell whether it is "PIN LEVEL". */
static int is_strike(const char *line, unsigned *pin, unsigned *level)
{
    char after;
    return sscanf(line, "%u %u%c", pin, level, &after) == 3 && after == '\n' && *pin <= HIGHEST_PIN && *level <= 1;
}

static int put_all(FILE *strikes, int chip)
{
    char line[32];
    int code = DONE;
    while (fgets(line, sizeof line, strikes)) {
        unsigned pin, level;
        if (!is_strike(line, &pin, &level)) {
            fprintf(stderr, "<2>event=strike_not_left why=\"a line is not PIN LEVEL\"\n");
            code = SOME_FAILED;
        } else if (put(chip, pin, level) < 0) {
            fprintf(stderr, "<2>event=strike_not_left pin=%u level=%u why=\"%s\"\n", pin, level, strerror(errno));
            code = SOME_FAILED;
        } else {
            fprintf(stderr, "<4>event=strike_left pin=%u level=%u\n", pin, level);
        }
    }
    return code;
}

int main(int count, char **words)
{
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE (lines of PIN LEVEL)\n", words[0]);
        return WRONG_USE;
    }
    FILE *strikes = fopen(words[1], "re");
    if (!strikes && errno == ENOENT) return DONE; /* the door has left its pins itself, or has none */
    if (!strikes) {
        fprintf(stderr, "<2>event=strike_not_left why=\"%s: %s\"\n", words[1], strerror(errno));
        return NO_FILE_TO_READ;
    }
    int chip = open_board();
    if (chip < 0) {
        fprintf(stderr, "<2>event=strike_not_left why=\"no /dev/gpiochip is a Raspberry Pi's header\"\n");
        return NO_BOARD;
    }
    return put_all(strikes, chip);
}
