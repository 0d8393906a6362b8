#include "tool/signal_source.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tool/text.hpp"

namespace millwright::tool {

namespace {

constexpr double stamp_tolerance = 0.1;  // the clock itself follows a rate that is 6 % off
constexpr std::size_t steps_wanted = 256;
constexpr std::size_t fewest_steps = 16;

std::string join_names(const std::vector<channel>& channels) {
  std::string text;
  for (const auto& c : channels) text += (text.empty() ? "" : ", ") + c.name;
  return text;
}

}  // namespace

signal_source::signal_source(open_input input, signal_reader reader, std::size_t group, std::vector<channel> channels,
                             std::vector<std::size_t> columns, std::string trained_for)
    : input_(std::move(input)),
      reader_(std::move(reader)),
      group_(group),
      channels_(std::move(channels)),
      channel_names_(join_names(channels_)),
      trained_for_(std::move(trained_for)),
      selector_(group, std::move(columns)) {}

result<void> signal_source::fill(std::size_t max_samples) {
  if (has_samples() || ended_) return {};
  MILLWRIGHT_TRY(const sample_block read, reader_.next(max_samples));
  block_ = selector_(read);
  used_ = 0;
  ended_ = block_.samples == 0;
  tell_times();
  if (!rate_checked_ && (steps_ns_.size() >= steps_wanted || (ended_ && steps_ns_.size() >= fewest_steps))) return check_rate();
  return {};
}

time_ns signal_source::due(std::uint64_t n) const noexcept {
  return last_stamp_ + static_cast<time_ns>(std::llround(static_cast<double>(n) * 1e9 / rate_hz()));
}

void signal_source::tell_times() {
  times_.resize(block_.samples);
  for (std::size_t i = 0; i < block_.samples; ++i) {
    const time_ns stamp = block_.timestamps != nullptr ? block_.timestamps[i] : i == 0 ? block_.start_time : continues_previous;
    if (stamp == continues_previous) {
      ++samples_since_;
      times_[i] = due(samples_since_);
      continue;
    }
    // A single stamp says when a run of samples starts, and several how fast they come.
    if (block_.timestamps != nullptr && last_stamp_ != 0 && !rate_checked_ && steps_ns_.size() < steps_wanted) {
      steps_ns_.push_back(static_cast<double>(stamp - last_stamp_) / static_cast<double>(samples_since_ + 1));
    }
    last_stamp_ = stamp;
    samples_since_ = 0;
    times_[i] = stamp;
  }
}

result<void> signal_source::check_rate() {
  // By the median step: gaps, duplicates and jitter are the clock's business, a wrong rate is not.
  rate_checked_ = true;
  const auto middle = steps_ns_.begin() + static_cast<std::ptrdiff_t>(steps_ns_.size() / 2);
  std::nth_element(steps_ns_.begin(), middle, steps_ns_.end());
  const double found = 1e9 / *middle;
  if (!(*middle > 0.0) || std::abs(found - rate_hz()) <= stamp_tolerance * rate_hz()) return {};
  char rounded[32];  // three digits: what rounded stamps can tell
  std::snprintf(rounded, sizeof rounded, "%.3g", found);
  const std::string measured = short_number(std::strtod(rounded, nullptr)) + " Hz";
  const std::string trained = short_number(rate_hz()) + " Hz";
  return error(errc::invalid_data, "ingest, time stamps of " + input_.name,
               trained_for_ + " was trained with channel \"" + channels_.front().name + "\" at " + trained +
                   ", but the input's time stamps come at about " + measured + ".",
               "record at " + trained + ", or refit the pipeline for " + measured +
                   "; if the stamps are not seconds, say what they are with --time-format");
}

std::size_t signal_source::count_until(time_ns limit, std::size_t most) const noexcept {
  const std::size_t available = std::min(most, block_.samples - used_);
  std::size_t count = 1;
  while (count < available && times_[used_ + count] <= limit) ++count;
  return count;
}

sample_block signal_source::take(std::size_t count) noexcept {
  sample_block b = block_;
  b.samples = count;
  b.data = block_.data + static_cast<std::ptrdiff_t>(used_) * block_.sample_stride;
  if (block_.timestamps != nullptr) b.timestamps = block_.timestamps + used_;
  if (used_ > 0) b.start_time = continues_previous;
  used_ += count;
  return b;
}

std::uint64_t signal_source::bytes_read() const noexcept {
  const off_t at = input_.seekable ? ::lseek(input_.file.get(), 0, SEEK_CUR) : 0;
  return at > 0 ? static_cast<std::uint64_t>(at) : 0;
}

}  // namespace millwright::tool
