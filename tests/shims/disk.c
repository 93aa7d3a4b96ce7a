/* A disk in the test's hand: flushes that are late or fail, slow reads, writes without space, for files of one name.
 *
 * DISK_ORDER names a file that says what to do now: "late MILLISECONDS", "slow MILLISECONDS" (reads),
 * "fail" or "full"; without it all is well.
 * "fail" is carried out once: one flush says EIO, and the file is gone. DISK_FILES is a part of the paths concerned.
 * DISK_LOG gets a line for each of their flushes and closings: "flush FD RESULT PATH" or "close FD 0 PATH".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int concerned(int fd, char *path, size_t size)
{
    char link[64];
    const char *part = getenv("DISK_FILES");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0 || !part) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static void order(char *text, size_t size)
{
    const char *name = getenv("DISK_ORDER");
    int fd = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t length = fd < 0 ? 0 : syscall(SYS_read, fd, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
    if (fd >= 0) syscall(SYS_close, fd);
}

static void note(const char *what, int fd, int result, const char *path)
{
    char line[4200];
    const char *name = getenv("DISK_LOG");
    int log = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    int length = snprintf(line, sizeof line, "%s %d %d %s\n", what, fd, result, path);
    if (log < 0) return;
    syscall(SYS_write, log, line, (size_t)length);
    syscall(SYS_close, log);
}

static void wait_if(const char *ordered, const char *what)
{
    size_t length = strlen(what);
    if (strncmp(ordered, what, length)) return;
    long ms = atol(ordered + length);
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&wait, &wait) && errno == EINTR) {}
}

static int flush(int fd, long call)
{
    char path[4096], text[64];
    if (!concerned(fd, path, sizeof path)) return (int)syscall(call, fd);
    order(text, sizeof text);
    wait_if(text, "late ");
    int fails = !strncmp(text, "fail", 4) && !unlink(getenv("DISK_ORDER"));
    int result = fails ? -1 : (int)syscall(call, fd);
    note("flush", fd, result, path);
    if (fails) errno = EIO;
    return result;
}

static int is_full(int fd)
{
    char path[4096], text[64];
    int saved = errno;
    int full = concerned(fd, path, sizeof path) && (order(text, sizeof text), !strncmp(text, "full", 4));
    errno = full ? ENOSPC : saved;
    return full;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

int close(int fd)
{
    char path[4096];
    if (concerned(fd, path, sizeof path)) note("close", fd, 0, path);
    return (int)syscall(SYS_close, fd);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void read_slowly(int fd)
{
    char path[4096], text[64];
    int saved = errno;
    if (concerned(fd, path, sizeof path)) {
        order(text, sizeof text);
        wait_if(text, "slow ");
    }
    errno = saved;
}

ssize_t pread(int fd, void *data, size_t size, off_t at)
{
    read_slowly(fd);
    return REAL(pread)(fd, data, size, at);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t at)
{
    read_slowly(fd);
    return REAL(pread64)(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return is_full(fd) ? -1 : REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return is_full(fd) ? -1 : REAL(pwrite64)(fd, data, size, at);
}

ssize_t write(int fd, const void *data, size_t size)
{
    return is_full(fd) ? -1 : REAL(write)(fd, data, size);
}
