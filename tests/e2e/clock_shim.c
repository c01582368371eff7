// LD_PRELOAD: moves the clocks of one process. CLOCK_OFFSETS names a file of 64-bit numbers, which
// count as they are at the moment: seconds that are added to CLOCK_REALTIME, and to CLOCK_MONOTONIC
// and CLOCK_BOOTTIME. More may follow (tests/history/clock_file.h): a version, which is odd while
// the rest is written; nanoseconds that are added to CLOCK_REALTIME, and to the other two; the time
// of CLOCK_BOOTTIME from which on these two run slower, and by how many millionths. A million: they
// stand still.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NANOS 1000000000LL

enum {
  WALL_SECONDS,
  STEADY_SECONDS,
  VERSION,
  WALL_NANOS,
  STEADY_NANOS,
  SLOWED_FROM,
  SLOWED_BY,
  NUMBERS
};

static const int64_t* numbers;

__attribute__((constructor)) static void open_offsets(void) {
  const char* path = getenv("CLOCK_OFFSETS");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  // Beyond the end of a short file there are zeros.
  void* mapped = mmap(NULL, NUMBERS * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) numbers = mapped;
}

static int64_t kernels(clockid_t id) {
  struct timespec now;
  syscall(SYS_clock_gettime, id, &now);
  return now.tv_sec * NANOS + now.tv_nsec;
}

static int64_t number(int which) {
  return __atomic_load_n(&numbers[which], __ATOMIC_RELAXED);
}

// What is to be added to the kernel's clock, in nanoseconds.
static int64_t offset_of(clockid_t id) {
  if (!numbers) return 0;
  const int wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  if (!wall && id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_RAW && id != CLOCK_MONOTONIC_COARSE &&
      id != CLOCK_BOOTTIME)
    return 0;
  for (;;) {
    const int64_t version = __atomic_load_n(&numbers[VERSION], __ATOMIC_ACQUIRE);
    int64_t offset = number(wall ? WALL_SECONDS : STEADY_SECONDS) * NANOS +
                     number(wall ? WALL_NANOS : STEADY_NANOS);
    if (!wall && number(SLOWED_BY)) {
      offset -= (int64_t)((__int128)(kernels(CLOCK_BOOTTIME) - number(SLOWED_FROM)) *
                          number(SLOWED_BY) / 1000000);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (version % 2 == 0 && __atomic_load_n(&numbers[VERSION], __ATOMIC_RELAXED) == version)
      return offset;
  }
}

static struct timespec timespec_of(int64_t nanos) {
  const struct timespec time = {nanos / NANOS, nanos % NANOS};
  return time;
}

int clock_gettime(clockid_t id, struct timespec* now) {
  const int failed = (int)syscall(SYS_clock_gettime, id, now);
  if (failed) return failed;
  const int64_t offset = offset_of(id);
  if (offset) *now = timespec_of(now->tv_sec * NANOS + now->tv_nsec + offset);
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

// The kernel knows its own clocks only. Where this one stands still, its waits end too early, and
// those who wait look again.
int pthread_cond_clockwait(pthread_cond_t* cond, pthread_mutex_t* mutex, clockid_t id,
                           const struct timespec* until) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*);
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
  const int64_t at = until->tv_sec * NANOS + until->tv_nsec - offset_of(id);
  const struct timespec kernels_until = timespec_of(at < 0 ? 0 : at);
  return real(cond, mutex, id, &kernels_until);
}

int pthread_cond_timedwait(pthread_cond_t* restrict cond, pthread_mutex_t* restrict mutex,
                           const struct timespec* restrict until) {
  return pthread_cond_clockwait(cond, mutex, CLOCK_REALTIME, until);
}
