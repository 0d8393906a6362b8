#include "millwright/wavelet/modwt_stage.hpp"

#include <algorithm>

namespace millwright {

template <class Real>
result<signal_port> modwt_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  MILLWRIGHT_TRY(const auto w, millwright::wavelet::from_name(wavelet));
  // Any stream is long enough.
  MILLWRIGHT_CHECK(detail::check_modwt(std::size_t{1} << level, w, static_cast<std::size_t>(level)));
  bank_ = stationary_bank<Real>(w, stationary_kind::modwt);
  columns_ = in.columns;
  max_items_ = in.max_items;
  const auto levels = static_cast<std::size_t>(level);
  std::size_t size = 0;
  for (std::size_t j = 1; j <= levels; ++j) size += line_size(j);
  lines_ = memory.carve<Real>(columns_ * size);
  used_ = memory.carve<std::uint64_t>(levels);
  approximation_ = memory.carve<Real>(max_items_);
  detail_ = memory.carve<Real>(max_items_);
  signal_port out = in;
  out.columns = in.columns * (levels + 1);
  const double reach = static_cast<double>((std::size_t{1} << levels) - 1) * static_cast<double>(w.length() - 1);
  out.delay_s += 0.5 * reach / in.rate_hz;
  return out;
}

template <class Real>
void modwt_stage<Real>::reset() noexcept {
  std::fill(lines_.begin(), lines_.end(), Real(0));
  for (std::size_t j = 1; j <= used_.size(); ++j) used_[j - 1] = history(j);
}

template <class Real>
bool modwt_stage<Real>::state_is_valid() const noexcept {
  for (std::size_t j = 1; j <= used_.size(); ++j) {
    if (used_[j - 1] < history(j) || used_[j - 1] > line_size(j)) return false;
  }
  return true;
}

template <class Real>
std::size_t modwt_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t levels = used_.size();
  const std::size_t items = in.size() / columns_;
  const std::size_t width = columns_ * (levels + 1);
  // A full line starts over with its history, in all columns alike.
  Real* line = lines_.data();
  for (std::size_t c = 0; c < columns_; ++c) {
    for (std::size_t j = 1; j <= levels; line += line_size(j), ++j) {
      if (used_[j - 1] + items > line_size(j)) std::copy(line + used_[j - 1] - history(j), line + used_[j - 1], line);
    }
  }
  for (std::size_t j = 1; j <= levels; ++j) {
    if (used_[j - 1] + items > line_size(j)) used_[j - 1] = history(j);
  }

  line = lines_.data();
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* const first = line + used_[0];
    for (std::size_t i = 0; i < items; ++i) first[i] = in[i * columns_ + c];
    const auto give = [&](const Real* band, std::size_t number) {
      Real* to = out.data() + c * (levels + 1) + number;
      for (std::size_t i = 0; i < items; ++i) to[i * width] = band[i];
    };
    for (std::size_t j = 1; j <= levels; ++j) {
      Real* const next = line + line_size(j);
      Real* const approximation = j == levels ? approximation_.data() : next + used_[j];
      bank_.filter(line + used_[j - 1], items, std::size_t{1} << (j - 1), approximation, detail_.data());
      give(detail_.data(), levels + 1 - j);
      line = next;
    }
    give(approximation_.data(), 0);
  }
  for (auto& used : used_) used += items;
  return items * width;
}

template <class Real>
std::size_t modwt_stage<Real>::flush(std::span<Real>) noexcept {
  return 0;
}

template class modwt_stage<float>;
template class modwt_stage<double>;

}  // namespace millwright
