#include "millwright/wavelet/dwt_stage.hpp"

#include <algorithm>

#include "wavelet/extension.hpp"

namespace millwright {

// A line holds the samples of one level that are still needed. Its first `length` places are for the extension of the start, of
// which two are spare; the next coefficient always reads from place 2 on, so that the last `length` samples are at hand for the
// extension of the end. Until `length` samples have come, they wait behind the free places.

/// Most samples that one call brings to level j: half of the level below, and what waited there.
template <class Real>
std::size_t dwt_stage<Real>::arrivals(std::size_t j) const noexcept {
  return (max_items_ >> (j - 1)) + bank_.length() + 3;
}
template <class Real>
std::size_t dwt_stage<Real>::line_size(std::size_t j) const noexcept {
  return arrivals(j) + 6 * bank_.length();
}
/// Level j waits for the levels above, whose first coefficient needs 2^(level - j) length of its own; j = levels() + 1: approximation.
template <class Real>
std::size_t dwt_stage<Real>::queue_size(std::size_t j) const noexcept {
  const std::size_t above = j > levels() ? 0 : levels() - j;
  return ((bank_.length() + 2) << above) + arrivals(std::min(j, levels())) + 2 * bank_.length();
}

template <class Real>
Real* dwt_stage<Real>::line(std::size_t column, std::size_t j) noexcept {
  Real* at = lines_.data() + column * line_total_;
  for (std::size_t i = 1; i < j; ++i) at += line_size(i);
  return at;
}
template <class Real>
Real* dwt_stage<Real>::queue(std::size_t column, std::size_t j) noexcept {
  Real* at = queues_.data() + column * queue_total_;
  for (std::size_t i = 1; i < j; ++i) at += queue_size(i);
  return at;
}
/// Where the next approximations of level j go: to the line of the level above, or to the queue.
template <class Real>
Real* dwt_stage<Real>::approximations(std::size_t column, std::size_t j) noexcept {
  return j < levels() ? line(column, j + 1) + held_[j] : queue(column, j + 1) + waiting_[j];
}

template <class Real>
result<signal_port> dwt_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(const auto w, millwright::wavelet::from_name(wavelet));
  MILLWRIGHT_TRY(const wavelet_mode extension, parse_wavelet_mode(mode));
  if (extension == wavelet_mode::periodic || extension == wavelet_mode::periodization) {
    return error(errc::invalid_argument, id, "mode " + mode + " goes on with the other end of the signal, which a stream does not have",
                 "choose symmetric or another mode that needs the near end only, or modwt");
  }
  bank_ = wavelet_bank<Real>(w, extension);
  columns_ = in.columns;
  max_items_ = in.max_items;
  const std::size_t depth = levels();
  seen_ = memory.carve<std::uint64_t>(depth);
  held_ = memory.carve<std::uint64_t>(depth);
  waiting_ = memory.carve<std::uint64_t>(depth + 1);
  line_total_ = 0;
  queue_total_ = 0;
  for (std::size_t j = 1; j <= depth; ++j) line_total_ += line_size(j);
  for (std::size_t j = 1; j <= depth + 1; ++j) queue_total_ += queue_size(j);
  lines_ = memory.carve<Real>(columns_ * line_total_);
  queues_ = memory.carve<Real>(columns_ * queue_total_);

  signal_port out = in;
  out.columns = in.columns << depth;
  out.rate_hz = in.rate_hz / static_cast<double>(std::size_t{1} << depth);
  out.max_items = (in.max_items >> depth) + 2 * w.length() + 4;
  const double reach = static_cast<double>((std::size_t{1} << depth) - 1) * static_cast<double>(w.length() - 1);
  out.delay_s += 0.5 * reach / in.rate_hz;
  return out;
}

template <class Real>
void dwt_stage<Real>::reset() noexcept {
  std::fill(seen_.begin(), seen_.end(), 0);
  std::fill(held_.begin(), held_.end(), bank_.length());
  std::fill(waiting_.begin(), waiting_.end(), 0);
  std::fill(lines_.begin(), lines_.end(), Real(0));
  std::fill(queues_.begin(), queues_.end(), Real(0));
}

template <class Real>
bool dwt_stage<Real>::state_is_valid() const noexcept {
  const std::size_t length = bank_.length();
  for (std::size_t j = 1; j <= levels(); ++j) {
    const std::uint64_t expected = seen_[j - 1] < length ? length + seen_[j - 1] : length + seen_[j - 1] % 2;
    if (held_[j - 1] != expected) return false;
    const std::uint64_t given = seen_[j - 1] < length ? 0 : seen_[j - 1] / 2;
    if (j < levels() && seen_[j] != given) return false;
    if (waiting_[j - 1] > given || waiting_[j - 1] > ((length + 2) << (levels() - j))) return false;
  }
  return waiting_[levels()] == 0;
}

/// Counts samples that lie ready in the lines of level j.
template <class Real>
void dwt_stage<Real>::take(std::size_t j, std::size_t added) noexcept {
  const std::size_t length = bank_.length();
  const bool starts = seen_[j - 1] < length && seen_[j - 1] + added >= length;
  seen_[j - 1] += added;
  held_[j - 1] += added;
  if (!starts) return;
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* const samples = line(c, j);
    detail::extend(bank_.mode(), samples + length, length, -static_cast<std::ptrdiff_t>(length - 2), length - 2, samples + 2);
  }
}

/// Counts coefficients that level j has given.
template <class Real>
void dwt_stage<Real>::give(std::size_t j, std::size_t outputs) noexcept {
  waiting_[j - 1] += outputs;
  if (j == levels()) waiting_[j] += outputs;
}

/// All coefficients of level j that the samples there suffice for.
template <class Real>
std::size_t dwt_stage<Real>::advance(std::size_t j) noexcept {
  const std::size_t length = bank_.length();
  if (seen_[j - 1] < length) return 0;
  const std::size_t held = held_[j - 1];
  const std::size_t outputs = (held - length) / 2;
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* const samples = line(c, j);
    bank_.filter(samples + 2, outputs, approximations(c, j), queue(c, j) + waiting_[j - 1]);
    std::copy(samples + 2 * outputs, samples + held, samples);
  }
  held_[j - 1] -= 2 * outputs;
  give(j, outputs);
  return outputs;
}

/// The last coefficients of level j, which reach past the end.
template <class Real>
std::size_t dwt_stage<Real>::finish(std::size_t j) noexcept {
  const std::size_t length = bank_.length();
  const std::size_t n = seen_[j - 1];
  if (n == 0) return 0;
  const std::size_t total = bank_.coefficient_count(n);
  const std::size_t outputs = n < length ? total : total - n / 2;
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* const samples = line(c, j);
    Real* const to = queue(c, j) + waiting_[j - 1];
    if (n < length) {  // a signal too short to have started
      bank_.analyse(samples + length, n, approximations(c, j), to);
    } else {
      Real* const end = samples + held_[j - 1];
      detail::extend(bank_.mode(), end - length, length, static_cast<std::ptrdiff_t>(length), length - 1, end);
      bank_.filter(samples + 2, outputs, approximations(c, j), to);
    }
  }
  give(j, outputs);
  return outputs;
}

/// Items of all approximations in the queue.
template <class Real>
std::size_t dwt_stage<Real>::emit(Real* out) noexcept {
  const std::size_t items = waiting_[levels()];
  const std::size_t width = std::size_t{1} << levels();
  for (std::size_t j = 1; j <= levels() + 1; ++j) {
    const bool is_approximation = j > levels();
    const std::size_t places = is_approximation ? 1 : width >> j;
    const std::size_t slot = is_approximation ? 0 : dwt_slot(levels(), j, 0);
    const std::size_t there = waiting_[j - 1];
    const std::size_t used = std::min(there, items * places);
    for (std::size_t c = 0; c < columns_; ++c) {
      Real* const from = queue(c, j);
      for (std::size_t i = 0; i < items; ++i) {
        Real* const to = out + (i * columns_ + c) * width + slot;
        for (std::size_t k = 0; k < places; ++k) to[k] = i * places + k < there ? from[i * places + k] : Real(0);
      }
      std::copy(from + used, from + there, from);
    }
    waiting_[j - 1] = there - used;
  }
  return items * columns_ * width;
}

template <class Real>
std::size_t dwt_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t added = in.size() / columns_;
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* const to = line(c, 1) + held_[0];
    for (std::size_t i = 0; i < added; ++i) to[i] = in[i * columns_ + c];
  }
  for (std::size_t j = 1; j <= levels() && added > 0; ++j) {
    take(j, added);
    added = advance(j);
  }
  return emit(out.data());
}

template <class Real>
std::size_t dwt_stage<Real>::flush(std::span<Real> out) noexcept {
  std::size_t added = 0;
  for (std::size_t j = 1; j <= levels(); ++j) {
    take(j, added);
    added = advance(j);
    // The coefficients of advance lie before those of finish, in the same line or queue.
    if (j < levels()) held_[j] += added;
    const std::size_t last = finish(j);
    if (j < levels()) held_[j] -= added;
    added += last;
  }
  return emit(out.data());
}

template class dwt_stage<float>;
template class dwt_stage<double>;

}  // namespace millwright
