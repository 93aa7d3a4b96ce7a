/* A loop that hangs, in the test's hand: once the file that HANG_WHEN names is there, the process's first thread never
 * returns from the wait of its loop (poll, epoll_wait). All other threads go on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static void hang_if_asked(void)
{
    const char *name = getenv("HANG_WHEN");
    while (name && gettid() == getpid() && access(name, F_OK) == 0) sleep(1000);
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
    static int (*real)(struct pollfd *, nfds_t, int);
    if (!real) real = dlsym(RTLD_NEXT, "poll");
    hang_if_asked();
    return real(descriptors, count, timeout);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) real = dlsym(RTLD_NEXT, "epoll_wait");
    hang_if_asked();
    return real(epoll, events, most, timeout);
}
