#include "store/safetensors.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "millwright/numeric/random.hpp"
#include "store/sha256.hpp"

namespace millwright::detail {
namespace {

std::span<const std::byte> bytes_of(const std::vector<double>& v) { return std::as_bytes(std::span<const double>(v)); }

std::vector<std::byte> small_file() {
  static const std::vector<double> a = {1, 2, 3, 4, 5, 6}, scalar = {7};
  tensor_file file;
  file.metadata = {{"format", "test"}, {"text", "with \"quotes\" and \xC3\xA4"}};
  file.tensors = {{"a", dtype::f64, {2, 3}, bytes_of(a)}, {"scalar", dtype::f64, {}, bytes_of(scalar)}, {"empty", dtype::f32, {0, 4}, {}}};
  return write_tensor_file(file);
}

/// A file with a valid checksum around any header and data: what a careful attacker would write.
std::vector<std::byte> file_with(std::string header, std::size_t data_size) {
  const std::uint64_t size = header.size();
  std::vector<std::byte> bytes(8 + header.size() + data_size);
  std::memcpy(bytes.data(), &size, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  const auto digest = sha256(bytes);
  const auto* d = reinterpret_cast<const std::byte*>(digest.data());
  bytes.insert(bytes.end(), d, d + 32);
  return bytes;
}

TEST(Sha256, MatchesTheStandardsExample) {  // FIPS 180-4, "abc"
  const std::string abc = "abc";
  const auto digest = sha256(std::as_bytes(std::span<const char>(abc.data(), abc.size())));
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[31], 0xad);
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const auto bytes = small_file();
  const auto file = read_tensor_file(bytes);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->metadata_at("text"), "with \"quotes\" and \xC3\xA4");
  ASSERT_EQ(file->tensors.size(), 3u);
  const auto* a = file->find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->shape, (std::vector<std::size_t>{2, 3}));
  double last = 0;
  std::memcpy(&last, a->bytes.data() + 40, 8);
  EXPECT_EQ(last, 6.0);
  EXPECT_TRUE(file->find("scalar")->shape.empty());
  EXPECT_EQ(bytes, small_file());
}

TEST(Safetensors, EveryTruncationAndEveryBitFlipIsRefused) {
  const auto bytes = small_file();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(read_tensor_file(std::span<const std::byte>(bytes).first(cut))) << cut;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[i] ^= std::byte{1} << bit;
      EXPECT_FALSE(read_tensor_file(flipped)) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(Safetensors, HostileHeadersWithAFittingChecksumAreRefused) {
  const std::string checksum = R"("sha256":{"dtype":"U8","shape":[32],"data_offsets":[)";
  const std::vector<std::pair<std::string, std::size_t>> hostile = {
      {"", 0},
      {"[]", 0},
      {"{}", 0},
      {"{\"a\":1," + checksum + "0,32]}}", 0},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}," + checksum + "0,32]}}", 8},   // overlap
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}," + checksum + "8,40]}}", 16},  // trailing bytes
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[18446744073709551615,2],\"data_offsets\":[0,8]}," + checksum + "8,40]}}", 8},  // huge
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}," + checksum + "0,32]}}", 0},   // overflow
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[-1],\"data_offsets\":[0,8]}," + checksum + "8,40]}}", 8},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,0]}," + checksum + "8,40]}}", 8},
      {"{\"a\":{\"dtype\":\"F128\",\"shape\":[1],\"data_offsets\":[0,8]}," + checksum + "8,40]}}", 8},
      {"{\"__metadata__\":{\"k\":1}," + checksum + "0,32]}}", 0},
      {std::string(100000, '['), 0},
      {"{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", 0},
  };
  for (const auto& [header, data] : hostile) {
    const auto file = read_tensor_file(file_with(header, data));
    EXPECT_FALSE(file) << header.substr(0, 80);
  }
  // The same construction with nothing wrong is read, so the refusals above are for the reasons they claim.
  EXPECT_TRUE(read_tensor_file(file_with("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}," + checksum + "8,40]}}", 8)));
}

TEST(Safetensors, HeadersHaveCaps) {
  const auto checksum = [](std::size_t at) {
    return R"("sha256":{"dtype":"U8","shape":[32],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(at + 32) + "]}";
  };
  const auto padded = [&](std::size_t size) {
    std::string header = "{" + checksum(0) + "}";
    header.resize(size, ' ');
    return header;
  };
  constexpr std::size_t largest = std::size_t{4} << 20;
  EXPECT_TRUE(read_tensor_file(file_with(padded(largest), 0)));
  const auto beyond = read_tensor_file(file_with(padded(largest + 8), 0));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, errc::limit_exceeded);

  const auto with_tensors = [&](std::size_t count) {
    std::string header = "{";
    for (std::size_t i = 0; i < count; ++i) header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
    return header + checksum(0) + "}";
  };
  EXPECT_TRUE(read_tensor_file(file_with(with_tensors(65535), 0))) << "the checksum is the last of 65536";
  EXPECT_FALSE(read_tensor_file(file_with(with_tensors(65536), 0)));

  const auto with_shape = [&](const std::string& shape) {
    return R"({"a":{"dtype":"F64","shape":[)" + shape + R"(],"data_offsets":[0,8]},)" + checksum(8) + "}";
  };
  EXPECT_TRUE(read_tensor_file(file_with(with_shape("1,1,1,1,1,1,1,1"), 8)));
  EXPECT_FALSE(read_tensor_file(file_with(with_shape("1,1,1,1,1,1,1,1,1"), 8)));
}

TEST(Safetensors, TheLastTensorIsTheChecksum) {
  EXPECT_FALSE(read_tensor_file(file_with(R"({"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}})", 0))) << "of another name";
  EXPECT_FALSE(read_tensor_file(file_with(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[24,32]},)"
                                          R"("sha256":{"dtype":"U8","shape":[24],"data_offsets":[0,24]}})",
                                          0)))
      << "with another one behind";
  EXPECT_FALSE(read_tensor_file(file_with(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                                          R"("sha256":{"dtype":"U8","shape":[24],"data_offsets":[8,32]}})",
                                          0)))
      << "of another size";
}

TEST(Safetensors, RandomBytesAreRefused) {
  random_stream random(7, 1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> bytes(random.below(200));
    for (auto& b : bytes) b = static_cast<std::byte>(random.below(256));
    EXPECT_FALSE(read_tensor_file(bytes));
  }
}

}  // namespace
}  // namespace millwright::detail
