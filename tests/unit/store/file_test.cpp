#include "store/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace millwright::detail {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "millwright-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::remove((folder_ + "/file").c_str());
    ::rmdir(folder_.c_str());  // fails, and leaves a trace, when a temporary file was left behind
    EXPECT_NE(::access(folder_.c_str(), F_OK), 0) << "something was left in " << folder_;
  }
  std::string folder_;
};

TEST_F(Files, WriteReadAndReplace) {
  const std::string path = folder_ + "/file";
  for (const std::string text : {"first", "", "second, longer"}) {
    ASSERT_TRUE(write_file_atomically(path, bytes_of(text)));
    const auto read = read_file(path, 1000);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, bytes_of(text));
  }
}

TEST_F(Files, ErrorsNameThePathAndLeaveNothingBehind) {
  const auto missing = read_file(folder_ + "/none", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::io_error);
  EXPECT_NE(missing.error().what.view().find("/none"), std::string_view::npos);
  EXPECT_FALSE(read_file(folder_, 10));
  EXPECT_FALSE(write_file_atomically(folder_ + "/no/such/folder", bytes_of("x")));

  const std::string path = folder_ + "/file";
  ASSERT_TRUE(write_file_atomically(path, bytes_of("12345")));
  const auto too_large = read_file(path, 4);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, errc::limit_exceeded);
}

}  // namespace
}  // namespace millwright::detail
