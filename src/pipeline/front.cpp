#include "millwright/pipeline/front.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/features/feature.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

/// Which columns are read from the channels of `fastest`, and whether what they need is there before slower groups have delivered: not
/// where the speed of the shaft comes from the other side.
struct fastest_columns {
  std::vector<std::uint8_t> is_fastest;
  bool can_be_early = true;
};

result<fastest_columns> find_fastest(const frame_port& frames, const std::vector<std::size_t>& fastest, const port& rows,
                                     const std::string& speed_channel) {
  const auto is_among = [&](std::string_view name) {
    return std::any_of(fastest.begin(), fastest.end(), [&](std::size_t c) { return frames.channels[c].name == name; });
  };
  fastest_columns found;
  for (const column& c : rows.columns) {
    MILLWRIGHT_TRY(const feature_name name, parse_feature_name(c.name));
    const bool is_fastest = is_among(name.channel);
    found.is_fastest.push_back(is_fastest ? 1 : 0);
    if (name.definition->needs_shaft && !speed_channel.empty() && is_among(speed_channel) != is_fastest) found.can_be_early = false;
  }
  return found;
}

}  // namespace

result<front::framed_channels> front::prepare_grid(std::span<const channel> channels, const window_policy& window) {
  // The longest window, which only the framer knows, is the default of the longest gap; the groups do not depend on it.
  MILLWRIGHT_TRY(gridder_, gridder::prepare(channels, window.clock, 1.0));
  framed_channels framed;
  std::vector<std::size_t> place(channels.size(), 0);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].role == channel_role::ignore) continue;
    place[i] = framed.channels.size();
    framed.channels.push_back(channels[i]);
  }
  for (std::size_t g = 0; g < gridder_.groups().size(); ++g) {
    framer::group& made = framed.groups.emplace_back();
    made.rate_hz = gridder_.rate_hz(g);
    for (const std::size_t i : gridder_.groups()[g]) made.channels.push_back(place[i]);
  }
  MILLWRIGHT_TRY(framer_, framer::prepare(framed.channels, framed.groups, window));
  MILLWRIGHT_TRY(gridder_, gridder::prepare(channels, window.clock, framer_.longest_window_s()));
  return framed;
}

result<front> front::prepare_frames(std::span<const channel> channels, const window_policy& window) {
  front f;
  MILLWRIGHT_CHECK(f.prepare_grid(channels, window));
  return f;
}

result<front> front::prepare(std::span<const channel> channels, const window_policy& window, const feature_extractor& features) {
  front f;
  MILLWRIGHT_TRY(framed_channels framed, f.prepare_grid(channels, window));
  f.has_rows_ = true;
  f.features_ = features;
  workspace measure;
  MILLWRIGHT_TRY(f.rows_, f.features_.prepare(f.frames(), measure));
  MILLWRIGHT_TRY(fastest_columns found, find_fastest(f.frames(), f.framer_.primary_channels(), f.rows_, features.speed_channel));
  const std::size_t row_bytes = f.framer_.most_waiting() * f.rows_.columns.size() * sizeof(double);
  if (found.can_be_early && row_bytes < f.framer_.waiting_bytes()) {
    f.is_fastest_ = std::move(found.is_fastest);
    MILLWRIGHT_TRY(f.framer_, framer::prepare(framed.channels, std::move(framed.groups), window, framer::waiting::results));
  }
  return f;
}

front::instance front::instance::create(const front& model, workspace& memory) noexcept {
  instance made;
  made.model_ = &model;
  made.grid_ = gridder::instance::create(model.gridder_, memory);
  made.frames_ = framer::instance::create(model.framer_, memory);
  made.position_ = memory.carve<std::uint64_t>(model.groups().size());
  const std::size_t columns = model.rows_.columns.size();
  made.waiting_rows_ = memory.carve<double>(model.is_fastest_.empty() ? 0 : model.framer_.most_waiting() * columns);
  made.row_ = memory.carve_scratch<double>(columns);
  if (model.has_rows_) made.features_.create(model.features_, memory);
  return made;
}

void front::instance::reset() noexcept {
  grid_.reset();
  frames_.reset();
  std::fill(position_.begin(), position_.end(), std::uint64_t{0});
  std::fill(waiting_rows_.begin(), waiting_rows_.end(), 0.0);
}

result<void> front::instance::push(const sample_block& block, on_row give) noexcept {
  return push_frames(block, [&](const frame_set& set) { compute(set, give); });
}

void front::instance::flush(on_row give) noexcept {
  flush_frames([&](const frame_set& set) { compute(set, give); });
}

result<void> front::instance::push_frames(const sample_block& block, on_frames give) noexcept {
  MILLWRIGHT_CHECK(model_->gridder_.check(block));
  std::size_t at = 0;
  for (grid_run run = grid_.next(block, at); run.what != grid_run::kind::none; run = grid_.next(block, at)) {
    frames_.take(run, grid_.counters(), give);
  }
  position_[block.group] += block.samples;
  return {};
}

void front::instance::flush_frames(on_frames give) noexcept { frames_.flush(grid_.counters(), give); }

void front::instance::compute(const frame_set& set, on_row give) noexcept {
  if (set.shown == frame_set::part::fastest) {
    static_cast<void>(features_.process(set.windows, waiting_rows_.subspan(set.place * row_.size(), row_.size())));
    return;
  }
  std::uint32_t undefined = features_.process(set.windows, row_);
  if (set.shown == frame_set::part::rest) {
    const double* waited = waiting_rows_.data() + set.place * row_.size();
    for (std::size_t c = 0; c < row_.size(); ++c) {
      if (model_->is_fastest_[c] != 0) row_[c] = waited[c];
    }
    const bool is_undefined = std::any_of(row_.begin(), row_.end(), [](double v) { return std::isnan(v); });
    undefined = bits(is_undefined ? quality::undefined_feature : quality::good);
  }
  row_meta meta;
  meta.end_time = set.end_time;
  meta.quality = set.quality | undefined;
  if (!set.enough_valid || has(meta.quality, quality::undefined_feature)) meta.quality |= bits(quality::not_scored);
  give(row_, meta);
}

void front::instance::read_version_1(state_reader& reader) noexcept {
  grid_.read_version_1_counters(reader);
  framer::instance::ring_1 primary;
  for (std::size_t g = 0; g < model_->groups().size() && reader.ok(); ++g) {
    grid_.read_version_1_clock(reader, g);
    frames_.read_version_1(reader, g, grid_.clock(g), primary);
    grid_.read_version_1_runs(reader, g);
  }
  if (reader.ok())
    frames_.read_version_1(reader, primary,
                           [this](const frame_set& set) { compute(set, [](std::span<const double>, const row_meta&) {}); });
  if (reader.ok() && !state_is_valid()) reader.fail();
}

}  // namespace millwright
