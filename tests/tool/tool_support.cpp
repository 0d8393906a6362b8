#include "tool/tool_support.hpp"
#include "support/paths.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace millwright::test {

namespace {

struct scratch_directory {
  scratch_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "millwright-tool-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

pid_t spawn(const std::vector<std::string>& arguments, const std::string& input, const std::string& out, const std::string& err,
            const std::vector<std::string>& environment) {
  std::vector<std::string> all = {test::tool_path()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& a : all) argv.push_back(a.data());
  argv.push_back(nullptr);
  std::vector<std::string> added = environment;
  std::vector<char*> env;
  for (char** e = environ; *e != nullptr; ++e) env.push_back(*e);
  for (auto& a : added) env.push_back(a.data());
  env.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.empty() ? "/dev/null" : input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, test::tool_path(), &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(failed, 0) << test::tool_path();
  return failed == 0 ? pid : -1;
}

}  // namespace

int wait_for(pid_t pid) {
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

program_result run_program(const std::vector<std::string>& arguments, const std::string& input,
                           const std::vector<std::string>& environment) {
  const std::string out = scratch("stdout");
  const std::string err = scratch("stderr");
  program_result r;
  r.code = wait_for(spawn(arguments, input, out, err, environment));
  r.out = read_text(out);
  r.err = read_text(err);
  return r;
}

pid_t start_program(const std::vector<std::string>& arguments) { return spawn(arguments, {}, "/dev/null", "/dev/null", {}); }

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  ASSERT_TRUE(file.good()) << path;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string scratch(const std::string& name) {
  static const scratch_directory directory;
  return (directory.path / name).string();
}

}  // namespace millwright::test
