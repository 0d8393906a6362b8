// Bundles and checkpoints from somebody who knows the format: any bytes, but a checksum that fits. They give a pipeline or an
// error, never a crash, within the caps. Run under the sanitizers to mean the most.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "millwright/numeric/random.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "store/sha256.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using bytes_type = std::vector<std::byte>;

const pipeline& fitted() {
  static const pipeline model = test::fit_machine(true, 30.0);
  return model;
}

/// Puts a fitting checksum at the end.
void sign(bytes_type& bytes) {
  const auto digest = detail::sha256(std::span<const std::byte>(bytes).first(bytes.size() - 32));
  std::memcpy(bytes.data() + bytes.size() - 32, digest.data(), 32);
}

/// Reads, and if that gives a pipeline, streams through it. True when it was read.
bool survive(const bytes_type& bytes, bool replay) {
  load_options options;
  options.max_stream_bytes = std::size_t{1} << 25;
  options.replay = replay;
  const auto model = read_bundle(bytes, options);
  if (!model) {
    EXPECT_FALSE(model.error().what.empty());
    return false;
  }
  auto s = stream::create(*model);
  if (!s) return true;
  const std::vector<float> samples(4000, 1.5F);
  for (std::size_t g = 0; g < s->groups().size(); ++g) {
    sample_block block;
    block.group = g;
    block.data = samples.data();
    block.channels = s->groups()[g].size();
    block.samples = samples.size() / block.channels;
    block.channel_stride = static_cast<std::ptrdiff_t>(block.samples);
    static_cast<void>(s->push(block, [](const window_result&) {}));
  }
  return true;
}

TEST(HostileBundle, AnyByteOfTheDataWithAFittingChecksum) {
  const bytes_type good = test::must(write_bundle(fitted()));
  random_stream random(11, 0);
  int read = 0;
  for (int round = 0; round < 600; ++round) {
    bytes_type bytes = good;
    const std::uint64_t changes = 1 + random.below(4);
    for (std::uint64_t c = 0; c < changes; ++c) bytes[random.below(bytes.size() - 32)] = static_cast<std::byte>(random.below(256));
    sign(bytes);
    read += survive(bytes, round % 8 == 0) ? 1 : 0;
  }
  EXPECT_GT(read, 0) << "most changed numbers in learned arrays are still numbers, so some files must load";
}

TEST(HostileBundle, WholeWordsOfTheDataWithAFittingChecksum) {  // indices, counts and float64 patterns
  const bytes_type good = test::must(write_bundle(fitted()));
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), 8);
  random_stream random(12, 0);
  constexpr std::uint64_t patterns[] = {0,
                                        ~0ULL,
                                        0x7ff0000000000000,
                                        0xfff0000000000000,
                                        0x7ff8000000000000,
                                        0x0000000000000001,
                                        0x7fefffffffffffff,
                                        0x8000000000000000,
                                        0x0001000100010001,
                                        0x7fffffff7fffffff};
  for (int round = 0; round < 600; ++round) {
    bytes_type bytes = good;
    const std::size_t start = 8 + header;
    const std::size_t words = (bytes.size() - 32 - start) / 8;
    std::memcpy(bytes.data() + start + 8 * random.below(words), &patterns[random.below(std::size(patterns))], 8);
    sign(bytes);
    survive(bytes, round % 8 == 0);
  }
}

TEST(HostileBundle, OtherNumbersAndWordsInTheHeaderWithAFittingChecksum) {
  const bytes_type good = test::must(write_bundle(fitted()));
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), 8);
  const std::string text(reinterpret_cast<const char*>(good.data()) + 8, header);
  const bytes_type data(good.begin() + static_cast<std::ptrdiff_t>(8 + header), good.end());
  std::vector<std::pair<std::size_t, std::size_t>> numbers;  // where the header has digits
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] < '0' || text[i] > '9') {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
    numbers.emplace_back(i, end - i);
    i = end;
  }
  const std::vector<std::string> replacements = {
      "0",   "1",    "-1", "3",  "1e308",     "-1e308",  "1e-308", "4294967296", "18446744073709551615",
      "0.5", "null", "[]", "{}", "\\\"x\\\"", "99999999"};
  random_stream random(13, 0);
  for (int round = 0; round < 1500; ++round) {
    std::string changed = text;
    const auto [at, length] = numbers[random.below(numbers.size())];
    changed.replace(at, length, replacements[random.below(replacements.size())]);
    const std::uint64_t size = changed.size();
    bytes_type bytes(8 + changed.size());
    std::memcpy(bytes.data(), &size, 8);
    std::memcpy(bytes.data() + 8, changed.data(), changed.size());
    bytes.insert(bytes.end(), data.begin(), data.end());
    sign(bytes);
    survive(bytes, round % 8 == 0);
  }
}

TEST(HostileCheckpoint, AnyStateWithAFittingChecksum) {
  auto s = test::must(stream::create(fitted()));
  const auto signal = test::simulate_machine(5.0, 3, 8.0);
  test::push_stretch(s, signal, 0, signal.speed.size(), [](const window_result&) {});
  bytes_type good(s.checkpoint_size());
  static_cast<void>(test::must(s.write_checkpoint(good)));
  random_stream random(14, 0);
  for (int round = 0; round < 4000; ++round) {
    bytes_type bytes = good;
    const std::uint64_t changes = 1 + random.below(3);
    for (std::uint64_t c = 0; c < changes; ++c) {
      // Rings of samples fill most of the state; aim at its ends, where counters and positions are, as often as anywhere.
      const std::uint64_t body = bytes.size() - 48 - 32;
      const std::uint64_t at = random.below(3) == 0   ? random.below(body)
                               : random.below(2) == 0 ? random.below(std::min<std::uint64_t>(600, body))
                                                      : body - 1 - random.below(std::min<std::uint64_t>(600, body));
      bytes[48 + at] = random.below(2) == 0 ? static_cast<std::byte>(random.below(256)) : std::byte{0xff};
    }
    sign(bytes);
    if (s.restore_checkpoint(bytes)) test::push_stretch(s, signal, 0, signal.speed.size() / 4, [](const window_result&) {});
  }
  ASSERT_TRUE(s.restore_checkpoint(good));
}

}  // namespace
}  // namespace millwright
