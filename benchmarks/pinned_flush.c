/* A preloaded library that makes every flush take a fixed time: DOORCTL_FLUSH_MS milliseconds, and no disk.
 *
 * The disk is not flushed at all, so that its mood is in neither of the two things that are compared.
 * The wait is a sleep until a point in time with the least timer slack: precise, and it burns no CPU.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static long pinned_ns;

__attribute__((constructor)) static void read_pinned_time(void)
{
    const char *ms = getenv("DOORCTL_FLUSH_MS");
    pinned_ns = ms ? (long)(atof(ms) * 1e6) : 0;
}

static int pinned_flush(void)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += pinned_ns;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    prctl(PR_SET_TIMERSLACK, 1);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        ;
    return 0;
}

int fsync(int descriptor) { (void)descriptor; return pinned_flush(); }
int fdatasync(int descriptor) { (void)descriptor; return pinned_flush(); }
