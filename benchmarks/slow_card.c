/* A preloaded library that makes flushes those of a slow card which several processes share.
 *
 * A flush takes DOORCTL_FLUSH_MS milliseconds, and the time that all bytes written since the flush before it take at
 * DOORCTL_CARD_BYTES_PER_SECOND: whoever flushes pays for what others have left unwritten, as on ext4. The card does
 * one flush at a time, in the order in which they were asked for. Its state lies in the file DOORCTL_CARD, mapped by
 * every process. No disk is flushed, so that its mood is in nothing that is compared. What is cut off a file again
 * (a rollback journal at its commit) never has to be written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000L
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct card { _Atomic long unwritten_bytes, busy_until_ns; };
static struct card alone, *card = &alone;
static long flush_ns, bytes_per_second;

__attribute__((constructor)) static void find_card(void)
{
    const char *ms = getenv("DOORCTL_FLUSH_MS"), *rate = getenv("DOORCTL_CARD_BYTES_PER_SECOND");
    const char *name = getenv("DOORCTL_CARD");
    flush_ns = ms ? (long)(atof(ms) * 1e6) : 0;
    bytes_per_second = rate ? atol(rate) : BILLION;
    int descriptor = name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (descriptor < 0 || REAL(ftruncate)(descriptor, sizeof(struct card))) return;
    void *mapped = mmap(NULL, sizeof(struct card), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) card = mapped;
    close(descriptor);
}

static int flush(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    long now = time.tv_sec * BILLION + time.tv_nsec;
    long bytes = atomic_exchange(&card->unwritten_bytes, 0);
    long takes = flush_ns + (bytes > 0 ? bytes : 0) * (BILLION / 1000) / (bytes_per_second / 1000);
    long before = atomic_load(&card->busy_until_ns), end;
    do end = (before > now ? before : now) + takes;
    while (!atomic_compare_exchange_weak(&card->busy_until_ns, &before, end));
    time.tv_sec = end / BILLION;
    time.tv_nsec = end % BILLION;
    prctl(PR_SET_TIMERSLACK, 1);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
        ;
    return 0;
}

int fsync(int descriptor) { (void)descriptor; return flush(); }
int fdatasync(int descriptor) { (void)descriptor; return flush(); }

static ssize_t charged(int descriptor, ssize_t written)
{
    struct stat file;
    int saved = errno;
    if (written > 0 && !fstat(descriptor, &file) && S_ISREG(file.st_mode))
        atomic_fetch_add(&card->unwritten_bytes, written);
    errno = saved;
    return written;
}

ssize_t write(int fd, const void *data, size_t size) { return charged(fd, REAL(write)(fd, data, size)); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return charged(fd, REAL(pwrite)(fd, data, size, at));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return charged(fd, REAL(pwrite64)(fd, data, size, at));
}

static void spare(int descriptor, off64_t size)
{
    struct stat64 file;
    if (!fstat64(descriptor, &file) && file.st_size > size)
        atomic_fetch_sub(&card->unwritten_bytes, file.st_size - size);
}

int ftruncate(int fd, off_t size) { spare(fd, size); return REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { spare(fd, size); return REAL(ftruncate64)(fd, size); }
