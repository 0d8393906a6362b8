#include "store/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace millwright::detail {

namespace {

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// False when the system reports a write error only now.
  bool close() noexcept {
    if (fd_ < 0) return true;
    const bool ok = ::close(fd_) == 0;
    fd_ = -1;
    return ok;
  }

 private:
  int fd_;
};

error system_error(const std::string& path, std::string_view action) {
  return {errc::io_error, path, "cannot " + std::string(action) + " " + path + ": " + std::strerror(errno),
          "check that the path exists, its permissions and the free space"};
}

}  // namespace

result<std::vector<std::byte>> read_file(const std::string& path, std::size_t cap) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "open");
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, "read");
  if (!S_ISREG(info.st_mode)) return error(errc::io_error, path, path + " is not a regular file", "give the path of a file");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > cap)
    return error(errc::limit_exceeded, path, path + " has " + std::to_string(size) + " bytes, the cap is " + std::to_string(cap),
                 "raise the cap if the file is genuine");
  std::vector<std::byte> bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "read");
    if (got == 0) break;  // shrunk while reading; whoever parses it will say what is missing
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

result<void> write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  const std::string temporary = path + ".tmp." + std::to_string(::getpid());
  const auto fail = [&](std::string_view action) {
    const error e = system_error(temporary, action);
    ::unlink(temporary.c_str());
    return e;
  };
  descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return system_error(temporary, "create");
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(file.get(), bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail("write");
    done += static_cast<std::size_t>(put);
  }
  if (::fsync(file.get()) != 0) return fail("sync");
  if (!file.close()) return fail("close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail("rename");
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) static_cast<void>(::fsync(directory.get()));  // some file systems cannot; the rename itself is done
  return {};
}

}  // namespace millwright::detail
