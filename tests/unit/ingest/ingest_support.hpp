// Shared by the tests of ingest and window.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "millwright/ingest/readers.hpp"
#include "millwright/pipeline/front.hpp"
#include "support/paths.hpp"

namespace ingest_test {

using namespace millwright;

inline channel make_channel(std::string name, double rate_hz, channel_role role = channel_role::vibration) {
  channel c;
  c.name = std::move(name);
  c.rate_hz = rate_hz;
  c.role = role;
  return c;
}

/// Everything of one frame set, copied, so that two can be compared bit for bit.
struct seen_frame {
  time_ns end_time = 0;
  std::uint32_t quality = 0;
  bool enough_valid = false;
  std::vector<std::vector<std::uint32_t>> values;  ///< window x channel, as bits
  std::vector<std::vector<std::uint8_t>> marks;    ///< zeros where no mask is given
  std::vector<std::size_t> valid;
  bool operator==(const seen_frame&) const = default;

  [[nodiscard]] float value(std::size_t view, std::size_t i) const {
    float f;
    std::memcpy(&f, &values[view][i], sizeof f);
    return f;
  }
};

inline seen_frame copy_of(const frame_set& set) {
  seen_frame out;
  out.end_time = set.end_time;
  out.quality = set.quality;
  out.enough_valid = set.enough_valid;
  for (const frame& f : set.windows) {
    for (const frame_view& v : f.channels) {
      std::vector<std::uint32_t> value_bits(v.size);
      std::memcpy(value_bits.data(), v.samples, v.size * sizeof(float));
      out.values.push_back(std::move(value_bits));
      out.marks.emplace_back(v.size, std::uint8_t{0});
      if (v.sample_quality != nullptr) std::memcpy(out.marks.back().data(), v.sample_quality, v.size);
      out.valid.push_back(v.valid);
    }
  }
  return out;
}

/// A front that gives frames, with its memory.
class rig {
 public:
  rig(const window_policy& settings, std::vector<channel> channels) {
    auto prepared = front::prepare_frames(channels, settings);
    if (!prepared) {
      problem = prepared.error();
      return;
    }
    model = std::make_unique<const front>(*std::move(prepared));
    workspace measure;
    static_cast<void>(front::instance::create(*model, measure));
    bytes_ = measure.bytes_used() + 64;
    memory_.reset(static_cast<std::byte*>(::operator new (bytes_, std::align_val_t{64})));
    std::memset(memory_.get(), 0xA5, bytes_);
    workspace real({memory_.get(), measure.bytes_used()});
    windows = front::instance::create(*model, real);
    EXPECT_FALSE(real.exhausted());
    EXPECT_EQ(real.bytes_used(), measure.bytes_used());
    windows.reset();
  }

  void push(const sample_block& block) {
    const auto pushed = windows.push_frames(block, [&](const frame_set& set) { frames.push_back(copy_of(set)); });
    ASSERT_TRUE(pushed) << pushed.error().message();
  }
  void flush() {
    windows.flush_frames([&](const frame_set& set) { frames.push_back(copy_of(set)); });
  }

  [[nodiscard]] std::vector<std::byte> checkpoint() {
    state_writer measure;
    windows.persist(measure);
    std::vector<std::byte> bytes(measure.bytes());
    state_writer writer(bytes);
    windows.persist(writer);
    EXPECT_TRUE(writer.ok());
    return bytes;
  }
  [[nodiscard]] bool restore(const std::vector<std::byte>& bytes) {
    state_reader reader(bytes);
    windows.persist(reader);
    return reader.ok() && reader.bytes_left() == 0 && windows.state_is_valid();
  }

  std::unique_ptr<const front> model;
  front::instance windows;
  std::optional<error> problem;
  std::vector<seen_frame> frames;

 private:
  struct release {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, release> memory_;
  std::size_t bytes_ = 0;
};

/// Samples of one channel group that own their memory.
struct samples {
  std::size_t group = 0;
  std::vector<float> values;  ///< interleaved
  std::size_t channels = 1;
  time_ns start = continues_previous;
  std::vector<time_ns> stamps;

  [[nodiscard]] std::size_t size() const { return values.size() / channels; }
  /// A cut of it: the first sample of the whole carries the start time, later cuts continue.
  [[nodiscard]] sample_block cut(std::size_t first, std::size_t count) const {
    sample_block b;
    b.group = group;
    b.data = values.data() + first * channels;
    b.channels = channels;
    b.samples = count;
    b.channel_stride = 1;
    b.sample_stride = static_cast<std::ptrdiff_t>(channels);
    b.start_time = first == 0 ? start : continues_previous;
    b.timestamps = stamps.empty() ? nullptr : stamps.data() + first;
    return b;
  }
  [[nodiscard]] sample_block whole() const { return cut(0, size()); }
};

/// One channel with the values 0, 1, 2, ... and the stamps given.
inline samples stamped(std::vector<time_ns> stamps, std::size_t group = 0) {
  samples s;
  s.group = group;
  for (std::size_t i = 0; i < stamps.size(); ++i) s.values.push_back(static_cast<float>(i));
  s.stamps = std::move(stamps);
  return s;
}

inline constexpr time_ns second = 1'000'000'000;
inline constexpr time_ns milli = 1'000'000;

inline std::string data_folder() {
  if (const char* path = std::getenv("MILLWRIGHT_DATA")) return path;
  return test::source_file("../shared/data");
}

/// A reader over a text, which stays alive while the next 15 are opened.
inline result<signal_reader> open_text(std::string_view text, const reader_options& options) {
  static std::array<std::string, 16> kept;
  static std::size_t next = 0;
  std::string& own = kept[next++ % kept.size()];
  own = std::string(text);
  own.shrink_to_fit();
  return signal_reader::open_memory(std::as_bytes(std::span(own.data(), own.size())), "test", options);
}

/// Everything a reader gives: values per channel, stamps where given (a block's start time counts for its first sample).
struct gathered {
  std::vector<std::vector<float>> values;
  std::vector<time_ns> stamps;
  std::optional<error> problem;
};

inline gathered gather(signal_reader& reader, std::size_t step = 1000) {
  gathered out;
  out.values.resize(reader.channels().size());
  while (true) {
    auto block = reader.next(step);
    if (!block) {
      out.problem = block.error();
      return out;
    }
    if (!*block) return out;
    EXPECT_LE(block->samples, step);
    EXPECT_EQ(block->channels, out.values.size());
    for (std::size_t i = 0; i < block->samples; ++i) {
      out.stamps.push_back(block->timestamps != nullptr ? block->timestamps[i] : i == 0 ? block->start_time : continues_previous);
      for (std::size_t c = 0; c < block->channels; ++c) {
        out.values[c].push_back(
            block->data[static_cast<std::ptrdiff_t>(c) * block->channel_stride + static_cast<std::ptrdiff_t>(i) * block->sample_stride]);
      }
    }
  }
}

}  // namespace ingest_test
