#include "tool/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace millwright::tool {

namespace {

constexpr int most_inputs = 64;
volatile std::sig_atomic_t caught = 0;
volatile std::sig_atomic_t input_count = 0;
int inputs[most_inputs] = {};
int null_input = -1;

extern "C" void on_stop_signal(int number) {
  if (caught != 0) ::_exit(128 + number);
  caught = number;
  const int saved = errno;
  for (int i = 0; i < input_count; ++i) ::dup2(null_input, inputs[i]);
  errno = saved;
}

}  // namespace

void catch_signals() {
  null_input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);  // no SA_RESTART: a read that waits is to return
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

void stop_reading_on_signal(int descriptor) {
  if (null_input < 0 || input_count >= most_inputs) return;
  inputs[input_count] = descriptor;
  input_count = input_count + 1;
}

int stop_signal() noexcept { return caught; }

}  // namespace millwright::tool
