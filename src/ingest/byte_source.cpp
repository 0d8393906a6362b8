#include "millwright/ingest/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace millwright {

error byte_source::failure(const char* what) const {
  return {errc::io_error, name_, std::string(what) + " failed: " + std::strerror(errno), "check that the file exists and may be read"};
}

result<byte_source> byte_source::from_path(const std::string& path) {
  if (path == "-") return from_descriptor(STDIN_FILENO, "standard input", false);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  byte_source source = from_descriptor(descriptor, path, true);
  if (descriptor < 0) return source.failure("opening");
  struct stat about = {};
  if (::fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode)) {
    return error(errc::io_error, path, "this is a directory", "name a file in it");
  }
  return source;
}

byte_source byte_source::from_descriptor(int descriptor, std::string name, bool owned) {
  byte_source source;
  source.name_ = std::move(name);
  source.descriptor_ = descriptor;
  source.owned_ = owned;
  struct stat about = {};
  if (descriptor >= 0 && ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && ::lseek(descriptor, 0, SEEK_CUR) == 0) {
    source.size_ = static_cast<std::uint64_t>(about.st_size);
  }
  return source;
}

byte_source byte_source::from_memory(std::span<const std::byte> bytes, std::string name) {
  byte_source source;
  source.name_ = std::move(name);
  source.memory_ = bytes;
  source.size_ = bytes.size();
  return source;
}

byte_source::byte_source(byte_source&& other) noexcept { *this = std::move(other); }

byte_source& byte_source::operator=(byte_source&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(owned_, other.owned_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  std::swap(position_, other.position_);
  return *this;
}

byte_source::~byte_source() {
  if (owned_ && descriptor_ >= 0) ::close(descriptor_);
}

result<std::size_t> byte_source::read_some(std::span<std::byte> target) {
  if (descriptor_ < 0) {
    const std::size_t n =
        position_ < memory_.size() ? std::min<std::size_t>(target.size(), memory_.size() - static_cast<std::size_t>(position_)) : 0;
    if (n > 0) std::memcpy(target.data(), memory_.data() + position_, n);
    position_ += n;
    return n;
  }
  while (true) {
    const ::ssize_t n = ::read(descriptor_, target.data(), target.size());
    if (n >= 0) {
      position_ += static_cast<std::uint64_t>(n);
      return static_cast<std::size_t>(n);
    }
    if (errno != EINTR) return failure("reading");
  }
}

result<std::size_t> byte_source::read_full(std::span<std::byte> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    MILLWRIGHT_TRY(const std::size_t n, read_some(target.subspan(done)));
    if (n == 0) break;
    done += n;
  }
  return done;
}

result<std::size_t> byte_source::read_at(std::uint64_t offset, std::span<std::byte> target) {
  if (descriptor_ < 0) {
    const std::size_t n =
        offset < memory_.size() ? std::min<std::size_t>(target.size(), memory_.size() - static_cast<std::size_t>(offset)) : 0;
    if (n > 0) std::memcpy(target.data(), memory_.data() + offset, n);
    return n;
  }
  std::size_t done = 0;
  while (done < target.size()) {
    const ::ssize_t n = ::pread(descriptor_, target.data() + done, target.size() - done, static_cast<::off_t>(offset + done));
    if (n == 0) break;
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      return failure("reading");
    }
  }
  return done;
}

result<void> byte_source::seek(std::uint64_t offset) {
  if (descriptor_ < 0) {
    position_ = offset;
    return {};
  }
  if (size_) {
    if (::lseek(descriptor_, static_cast<::off_t>(offset), SEEK_SET) < 0) return failure("seeking");
    position_ = offset;
    return {};
  }
  std::array<std::byte, 65536> passed;
  while (position_ < offset) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(passed.size(), offset - position_));
    MILLWRIGHT_TRY(const std::size_t got, read_some(std::span(passed).first(n)));
    if (got == 0) break;
  }
  return {};
}

}  // namespace millwright
