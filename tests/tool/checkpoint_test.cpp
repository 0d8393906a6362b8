// Stopping and going on: kill -9 at random moments, signals, pipes; the output is that of an undisturbed run, byte for byte.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/paths.hpp"
#include "tool/tool_data.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using test::lines_of;
using test::run_program;

/// 200 s, so that there is time to be killed.
const std::string& long_signal() {
  static const std::string path = [] {
    const auto s = test::simulate_machine(200.0, 3, 120.0);
    std::string bytes(2 * s.vibration_samples * sizeof(float), '\0');
    for (std::size_t i = 0; i < s.vibration_samples; ++i) {
      std::memcpy(bytes.data() + 8 * i, &s.vibration[i], 4);
      std::memcpy(bytes.data() + 8 * i + 4, &s.vibration[s.vibration_samples + i], 4);
    }
    test::write_text(test::scratch("long.f32"), bytes);
    return test::scratch("long.f32");
  }();
  return path;
}

struct files {
  explicit files(const std::string& name) : out(test::scratch(name + ".ndjson")), checkpoint(test::scratch(name + ".checkpoint")) {
    std::filesystem::remove(out);
    std::filesystem::remove(checkpoint);
  }
  std::string out;
  std::string checkpoint;
};

void wait_until_exists(const std::string& path) {
  while (!std::filesystem::exists(path)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(ToolCheckpoint, KilledAtAnyMomentItGoesOnAsIfNothingHadBeen_slow) {
  const std::string undisturbed = run_program({"run", test::plain_bundle(), long_signal(), "--features", "-q"}).out;
  ASSERT_GE(lines_of(undisturbed).size(), 1500u);
  random_stream random(static_cast<std::uint64_t>(::getpid()), 0);
  for (int round = 0; round < 3; ++round) {
    const files f("killed");
    const std::vector<std::string> arguments = {
        "run", test::plain_bundle(), long_signal(), "--features",         "-q", "--chunk", "100", "--out",
        f.out, "--checkpoint",       f.checkpoint,  "--checkpoint-every", "2",  "--resume"};
    int kills = 0;
    for (int attempt = 0; attempt < 12; ++attempt) {
      const pid_t pid = test::start_program(arguments);
      if (attempt == 0) wait_until_exists(f.checkpoint);
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(attempt == 0 ? 2000 : 60'000)));
      ::kill(pid, SIGKILL);
      const int code = test::wait_for(pid);
      ASSERT_TRUE(code == -SIGKILL || code == 0) << code;
      kills += code == -SIGKILL ? 1 : 0;
    }
    EXPECT_GE(kills, 1);
    EXPECT_EQ(run_program(arguments).code, 0);
    EXPECT_TRUE(test::read_text(f.out) == undisturbed) << "after " << kills << " kills";
    // And once more, with nothing left to do.
    EXPECT_EQ(run_program(arguments).code, 0);
    EXPECT_TRUE(test::read_text(f.out) == undisturbed);
  }
}

TEST(ToolCheckpoint, AFileThatGrewIsReadOn) {
  const std::string whole = test::read_text(test::vibration_csv());
  const std::string undisturbed = run_program({"run", test::plain_bundle(), test::vibration_csv(), "-q"}).out;
  const files f("grown");
  const std::string path = test::scratch("growing.csv");
  const std::vector<std::string> arguments = {"run", test::plain_bundle(), path,         "-q",      "--out",
                                              f.out, "--checkpoint",       f.checkpoint, "--resume"};
  std::size_t end = 0;
  for (const std::size_t share : {3, 4, 9, 10}) {
    end = whole.find('\n', whole.size() * share / 10 - 2) + 1;
    test::write_text(path, whole.substr(0, end));
    ASSERT_EQ(run_program(arguments).code, 0);
  }
  EXPECT_EQ(end, whole.size());
  EXPECT_TRUE(test::read_text(f.out) == undisturbed);
}

TEST(ToolCheckpoint, TwoInputsGoOnToo) {
  const std::string undisturbed = run_program({"run", test::context_bundle(), test::vibration_csv(), test::speed_csv(), "-q"}).out;
  const files f("two");
  const std::string whole = test::read_text(test::vibration_csv());
  const std::string half = test::scratch("half.csv");
  const std::string speed = test::read_text(test::speed_csv());
  const std::string half_speed = test::scratch("half_speed.csv");
  test::write_text(half, whole.substr(0, whole.find('\n', whole.size() / 2) + 1));
  test::write_text(half_speed, speed.substr(0, speed.find('\n', speed.size() / 2) + 1));
  const std::vector<std::string> arguments = {"run", test::context_bundle(), half,         half_speed, "-q", "--out",
                                              f.out, "--checkpoint",         f.checkpoint, "--resume"};
  ASSERT_EQ(run_program(arguments).code, 0);
  test::write_text(half, whole);
  test::write_text(half_speed, speed);
  ASSERT_EQ(run_program(arguments).code, 0);
  EXPECT_TRUE(test::read_text(f.out) == undisturbed);
}

TEST(ToolCheckpoint, StandardInputGoesOnAtThePosition) {
  const std::string undisturbed = run_program({"run", test::plain_bundle(), test::vibration_f32(), "-q"}).out;
  const std::string bytes = test::read_text(test::vibration_f32());
  const files f("stdin");
  const std::string part = test::scratch("part.f32");
  const std::vector<std::string> arguments = {"run", test::plain_bundle(), "--in",       "f32",     "--out",
                                              f.out, "--checkpoint",       f.checkpoint, "--resume"};
  test::write_text(part, bytes.substr(0, 8 * 12345));
  ASSERT_EQ(run_program(arguments, part).code, 0);
  test::write_text(part, bytes.substr(8 * 12345));
  const auto r = run_program(arguments, part);
  EXPECT_EQ(r.code, 0);
  EXPECT_NE(r.err.find("sample 12345"), std::string::npos) << r.err;
  EXPECT_TRUE(test::read_text(f.out) == undisturbed);
}

TEST(ToolCheckpoint, WithoutOneItStartsAnewAndSaysSo) {
  const files f("new");
  const auto r =
      run_program({"run", test::plain_bundle(), test::vibration_f32(), "--out", f.out, "--checkpoint", f.checkpoint, "--resume"});
  EXPECT_EQ(r.code, 0);
  EXPECT_NE(r.err.find("starting anew"), std::string::npos) << r.err;
}

TEST(ToolCheckpoint, IsRefusedWhenItDoesNotFit) {
  const files f("refused");
  const std::vector<std::string> arguments = {"run", test::plain_bundle(), test::vibration_f32(), "-q",      "--out",
                                              f.out, "--checkpoint",       f.checkpoint,          "--resume"};
  ASSERT_EQ(run_program(arguments).code, 0);
  const std::string good = test::read_text(f.checkpoint);
  const std::string output = test::read_text(f.out);

  const auto refused = [&](const std::vector<std::string>& how, const std::string& word) {
    const auto r = run_program(how);
    EXPECT_EQ(r.code, 5) << r.err;
    EXPECT_NE(r.err.find(word), std::string::npos) << r.err;
    EXPECT_TRUE(test::read_text(f.out) == output) << "a refused checkpoint leaves the output alone";
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, good.size() / 2, good.size() - 1}) {
    test::write_text(f.checkpoint, good.substr(0, size));
    refused(arguments, "checkpoint");
  }
  for (std::size_t at = 0; at < good.size(); at += 1 + good.size() / 23) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    test::write_text(f.checkpoint, bad);
    refused(arguments, "checkpoint");
  }
  test::write_text(f.checkpoint, good);
  auto other = arguments;
  other.push_back("--features");
  refused(other, "same output options");
  other = arguments;
  other[1] = test::context_bundle();
  other.insert(other.begin() + 3, test::speed_csv());
  refused(other, "checkpoint");
  test::write_text(f.out, output.substr(0, 10));
  const auto r = run_program(arguments);
  EXPECT_EQ(r.code, 5);
  EXPECT_NE(r.err.find("10 bytes"), std::string::npos) << r.err;
}

TEST(ToolSignals, ACleanEndWhileItWaitsForInput) {
  for (const auto& [number, code] : {std::pair{SIGTERM, 0}, {SIGINT, 130}}) {
    const std::string fifo = test::scratch("fifo");
    std::filesystem::remove(fifo);
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const files f("signal");
    const std::string summary = test::scratch("signal.json");
    std::filesystem::remove(summary);
    const pid_t pid = test::start_program(
        {"run", test::plain_bundle(), "--in", "f32", fifo, "-q", "--out", f.out, "--checkpoint", f.checkpoint, "--summary", summary});
    const int fd = ::open(fifo.c_str(), O_WRONLY);
    ASSERT_GE(fd, 0);
    const std::string bytes = test::read_text(test::vibration_f32()).substr(0, 8 * 1000);
    ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    while (lines_of(test::read_text(f.out)).size() < 3)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // 1000 samples, 3 windows: told at once
    ::kill(pid, number);
    EXPECT_EQ(test::wait_for(pid), code);
    ::close(fd);
    EXPECT_NE(test::read_text(summary).find("\"end\":\"interrupted\""), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(f.checkpoint)) << "the last checkpoint";
  }
}

TEST(ToolSignals, AReaderThatGoesAwayIsNoError) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, STDERR_FILENO);
    ::execl(test::tool_path(), test::tool_path(), "run", test::plain_bundle().c_str(), long_signal().c_str(), "--features",
            static_cast<char*>(nullptr));
    ::_exit(99);
  }
  ::close(pipe_ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 1);
  ::close(pipe_ends[0]);
  EXPECT_EQ(test::wait_for(child), 0);
}

}  // namespace
}  // namespace millwright
