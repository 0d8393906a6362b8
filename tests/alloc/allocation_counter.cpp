#include "alloc/allocation_counter.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstddef>

// System calls: with "syscall user dispatch" (Linux 5.11, x86-64) the kernel turns every system call of the thread into SIGSYS
// while a byte in our memory says so. prctl(2), PR_SET_SYSCALL_USER_DISPATCH.
#if defined(__x86_64__) && defined(PR_SET_SYSCALL_USER_DISPATCH)
#define MILLWRIGHT_TEST_SEES_SYSTEM_CALLS 1
#else
#define MILLWRIGHT_TEST_SEES_SYSTEM_CALLS 0
#endif

namespace {

thread_local bool watching = false;
millwright::test::intrusions seen;
volatile char block_system_calls = 0;

#if MILLWRIGHT_TEST_SEES_SYSTEM_CALLS
extern "C" void on_system_call(int, siginfo_t* info, void*) {
  block_system_calls = 0;  // first of all: returning from here is a system call too
  ++seen.system_calls;
  if (seen.first_system_call < 0) seen.first_system_call = info->si_syscall;
}
#endif

}  // namespace

// glibc lets a program define these; its own remain under other names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

void* malloc(std::size_t size) {
  if (watching) ++seen.allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  if (watching) ++seen.allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  if (watching) ++seen.allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (watching) ++seen.allocations;
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  if (watching) ++seen.allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (watching) ++seen.allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}
void free(void* memory) {
  if (watching && memory != nullptr) ++seen.frees;
  __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using function = int (*)(pthread_mutex_t*);
  static const auto original = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (watching) ++seen.locks;
  return original(mutex);
}
}

namespace millwright::test {

std::string intrusions::text() const {
  return std::to_string(allocations) + " allocations, " + std::to_string(frees) + " frees, " + std::to_string(locks) + " locks, " +
         std::to_string(system_calls) + " system calls (first: number " + std::to_string(first_system_call) + ")";
}

bool watch::sees_system_calls() noexcept {
#if MILLWRIGHT_TEST_SEES_SYSTEM_CALLS
  static const bool works = [] {
    struct sigaction action = {};
    action.sa_sigaction = on_system_call;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, nullptr) == 0 &&
           prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &block_system_calls) == 0;
  }();
  return works;
#else
  return false;
#endif
}

watch::watch() noexcept {
  const bool system_calls = sees_system_calls();
  seen = {};
  watching = true;
  if (system_calls) block_system_calls = 1;
}

watch::~watch() { static_cast<void>(stop()); }

intrusions watch::stop() noexcept {
  block_system_calls = 0;
  watching = false;
  return seen;
}

}  // namespace millwright::test
