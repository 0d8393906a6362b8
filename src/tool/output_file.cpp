#include "tool/output_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace millwright::tool {

namespace {

error system_error(const std::string& path, std::string_view action, int number) {
  return {errc::io_error, path, "cannot " + std::string(action) + " " + path + ": " + std::strerror(number),
          "check that the path exists, its permissions and the free space"};
}

}  // namespace

result<output_file> output_file::open(const std::string& path, std::uint64_t keep) {
  if (path.empty() || path == "-") return output_file(STDOUT_FILENO, false, "standard output", keep);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return system_error(path, "open", errno);
  output_file file(fd, true, path, keep);
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return system_error(path, "look at", errno);
  if (!S_ISREG(info.st_mode)) {  // a pipe or device takes what comes, as standard output does
    file.bytes_ = keep;
    return file;
  }
  if (static_cast<std::uint64_t>(info.st_size) < keep) {
    return error(errc::invalid_data, path,
                 path + " has " + std::to_string(info.st_size) + " bytes, but the checkpoint was taken after " + std::to_string(keep),
                 "put the output file back, or delete the checkpoint and start anew");
  }
  if (::ftruncate(fd, static_cast<off_t>(keep)) != 0) return system_error(path, "truncate", errno);
  if (::lseek(fd, static_cast<off_t>(keep), SEEK_SET) < 0) return system_error(path, "seek in", errno);
  return file;
}

output_file::output_file(output_file&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      path_(std::move(other.path_)),
      bytes_(other.bytes_),
      failure_(other.failure_) {}

output_file::~output_file() {
  if (owned_) ::close(fd_);
}

bool output_file::write(std::string_view text) noexcept {
  if (failure_ != 0) return false;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(fd_, text.data() + done, text.size() - done);
    if (put >= 0) {
      done += static_cast<std::size_t>(put);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {  // a terminal or pipe that somebody made non-blocking
      pollfd wait = {fd_, POLLOUT, 0};
      static_cast<void>(::poll(&wait, 1, 1000));
      continue;
    }
    failure_ = errno;
    return false;
  }
  bytes_ += text.size();
  return true;
}

bool output_file::reader_gone() const noexcept { return failure_ == EPIPE; }

error output_file::reason() const { return system_error(path_, "write", failure_); }

result<void> output_file::sync() {
  if (!owned_) return {};
  while (::fdatasync(fd_) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == EROFS) return {};  // a pipe or device has nothing to sync
    return system_error(path_, "sync", errno);
  }
  return {};
}

}  // namespace millwright::tool
