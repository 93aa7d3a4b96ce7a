/* The pins of a board in the test's hand: /dev/gpiochip0 to 9 as PINS_CHIPS labels them, in that order, comma between.
 *
 * PINS_LOG gets a line for each line that is requested, "CHIP PIN LEVEL", if it is requested as an output; the pin that
 * PINS_BUSY names is taken by somebody else.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char DEVICE[] = "/dev/gpiochip";
static int chip_of[1024];

/* Copy the label of a chip; tell whether there is one. */
static int label_of(int chip, char *label, size_t size)
{
    const char *at = getenv("PINS_CHIPS");
    for (; at && chip > 0; chip--) at = (at = strchr(at, ',')) ? at + 1 : NULL;
    if (!at) return 0;
    snprintf(label, size, "%.*s", (int)strcspn(at, ","), at);
    return 1;
}

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (strncmp(path, DEVICE, sizeof DEVICE - 1) != 0) return real(path, flags, mode);
    int chip = atoi(path + sizeof DEVICE - 1);
    char label[32];
    if (!label_of(chip, label, sizeof label)) {
        errno = ENOENT;
        return -1;
    }
    int fd = real("/dev/null", O_RDWR | O_CLOEXEC);
    chip_of[fd] = chip + 1;
    return fd;
}

static int request(int chip, struct gpio_v2_line_request *wanted)
{
    const char *busy = getenv("PINS_BUSY");
    if (busy && atoi(busy) == (int)wanted->offsets[0]) {
        errno = EBUSY;
        return -1;
    }
    struct gpio_v2_line_config *config = &wanted->config;
    int is_output = config->flags == GPIO_V2_LINE_FLAG_OUTPUT && wanted->num_lines == 1 && config->num_attrs == 1
                    && config->attrs[0].attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES && config->attrs[0].mask == 1;
    FILE *log = fopen(getenv("PINS_LOG"), "ae");
    if (is_output) fprintf(log, "%d %u %d\n", chip, wanted->offsets[0], (int)config->attrs[0].attr.values);
    fclose(log);
    wanted->fd = dup(0);
    return 0;
}

int ioctl(int fd, unsigned long number, ...)
{
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    va_list rest;
    va_start(rest, number);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    int chip = fd >= 0 && fd < 1024 ? chip_of[fd] - 1 : -1;
    if (chip < 0) return real(fd, number, argument);
    if (number == GPIO_V2_GET_LINE_IOCTL) return request(chip, argument);
    struct gpiochip_info *info = argument;
    label_of(chip, info->label, sizeof info->label);
    return 0;
}
