#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detect/lag_window.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// Any detector of rows as a detector of the last `lags` + 1 rows side by side (dynamic, or windowed, detection): one parameter more, the
/// same stage otherwise; with lags = 0 it is the detector itself, bit for bit. Dynamic PCA is principal components on such rows,
/// KMeansAD is k-means on them.
///
/// A row scores NaN until `lags` rows have come before it without a gap: since the start, since a row that is not finite or not scored,
/// since a time that steps back or by more than 1.5 times the median step of training. (Times that are all equal, as of plain arrays,
/// have no gaps.) The same rule cuts training rows, also where parts are merged. Contributions are summed over the lags.
/// State: the last lags + 1 rows. Source: Ku, Storer & Georgakis, Chemometrics and Intelligent Laboratory Systems 30 (1995).
template <class Detector>
class with_lags : public Detector {
  static_assert(!fits_without_copy<Detector> && !scores_float32<Detector>, "these would pass the lags by");

 public:
  using detector_type = Detector;

  std::int64_t lags = 0;
  learned_array<std::int64_t> lag_step_;

  static auto params() {
    return std::tuple_cat(
        Detector::params(),
        std::tuple{integer("lags", &with_lags::lags, 0, 0, 999, unit::window,
                           "rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN")});
  }
  static auto model() {
    return std::tuple_cat(Detector::model(), std::tuple{learned{"lag_step", &with_lags::lag_step_,
                                                                "usual time between rows, ns; 0: not known; with lags only [1]"}});
  }

  /// As the detector's on (lags + 1) times the columns. Further errors: more than 65536 of them.
  result<port> prepare(const port& in, workspace& memory) {
    if (lags == 0) return Detector::prepare(in, memory);
    MILLWRIGHT_CHECK(validate_params(*this));
    if (!lag_step_.is_set()) return error(errc::not_fitted, Detector::id, "the detector has not learned yet", "fit the pipeline first");
    if (lag_step_.size() != 1 || lag_step_[0] < 0 || lag_step_[0] > INT64_MAX / 2) {
      return error(errc::corrupt_file, Detector::id, "the usual time between rows makes no sense",
                   "save the bundle again from the fitted pipeline");
    }
    MILLWRIGHT_TRY(const port wide, widened(in));
    MILLWRIGHT_TRY(port out, Detector::prepare(wide, memory));
    window_.prepare(in.columns.size(), static_cast<std::size_t>(lags), lag_step_[0], memory);
    width_ = wide.columns.size();
    contributions_ = memory.carve_scratch<double>(width_);
    return out;
  }
  void take(workspace& memory) noexcept {
    Detector::take(memory);
    if (lags == 0) return;
    window_.take(memory);
    contributions_ = memory.carve_scratch<double>(width_);
  }
  [[nodiscard]] bool is_stateful() const noexcept { return lags > 0 || persists<Detector>; }
  void reset() noexcept {
    if (lags > 0) window_.reset();
    Detector::reset();
  }
  void process(const const_rows& in, const rows_view& out) noexcept {
    if (lags == 0) return Detector::process(in, out);
    for (std::size_t r = 0; r < in.rows; ++r) {
      const row_meta meta = in.meta != nullptr ? in.meta[r] : row_meta{};
      if (!window_.push(in[r], meta)) {
        out[r][0] = math::nan;
        continue;
      }
      const auto wide = window_.values();
      Detector::process({wide.data(), 1, wide.size(), wide.size(), &meta},
                        {out.values + r * out.stride, 1, out.columns, out.stride, out.meta != nullptr ? out.meta + r : nullptr});
    }
  }

  /// Explains the row that process took last; until `lags` rows came before it, the oldest one stands in for those that are missing.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept {
    if (lags == 0) return Detector::explain(row, contributions);
    window_.widen(row);
    Detector::explain(window_.values(), contributions_);
    std::fill(contributions.begin(), contributions.end(), 0.0);
    for (std::size_t i = 0; i < contributions_.size(); ++i) contributions[i % row.size()] += contributions_[i];
  }

  result<void> observe(const port& in, const const_rows& rows) {
    return lags == 0 ? Detector::observe(in, rows) : rows_.observe(Detector::id, in, rows);
  }
  result<void> merge(with_lags&& other) {
    return lags == 0 ? Detector::merge(std::move(other)) : rows_.merge(Detector::id, std::move(other.rows_));
  }
  /// As the detector's. Rows are put side by side here, so the model does not depend on the parts in which they came.
  result<void> finish() {
    lag_step_ = {};
    if (lags == 0) return Detector::finish();
    MILLWRIGHT_CHECK(validate_params(*this));
    const port in = port::of(rows_.names());
    MILLWRIGHT_TRY(const row_table rows, rows_.take(Detector::id, static_cast<std::size_t>(lags) + 1));
    MILLWRIGHT_TRY(const port wide, widened(in));
    const time_ns step = detail::usual_step(rows.view());
    MILLWRIGHT_TRY(const row_table beside, detail::side_by_side(rows.view(), static_cast<std::size_t>(lags), step));
    MILLWRIGHT_CHECK(Detector::observe(wide, beside.view()));
    lag_step_ = learned_array<std::int64_t>({step});
    return Detector::finish();
  }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    if constexpr (requires(Detector & d) { d.persist(archive); }) Detector::persist(archive);
    if (lags > 0) window_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept {
    if constexpr (requires(const Detector& d) { d.state_is_valid(); }) {
      if (!Detector::state_is_valid()) return false;
    }
    return lags == 0 || window_.state_is_valid();
  }

 private:
  [[nodiscard]] result<port> widened(const port& in) const {
    constexpr std::size_t most = 65536;
    const auto rows = static_cast<std::size_t>(lags) + 1;
    if (in.columns.size() > most / rows) {
      return error(errc::limit_exceeded, Detector::id,
                   std::to_string(in.columns.size()) + " columns and " + std::to_string(lags) + " lags give more than 65536 columns",
                   "choose fewer features or lags");
    }
    port wide;
    for (std::size_t lag = 0; lag < rows; ++lag) {
      for (const column& c : in.columns)
        wide.columns.push_back({lag == 0 ? c.name : c.name + "[-" + std::to_string(lag) + "]", c.is_context});
    }
    return wide;
  }

  detail::lag_window window_;
  std::size_t width_ = 0;            // (lags + 1) x columns
  std::span<double> contributions_;  // scratch
  detail::training_rows rows_;
};

}  // namespace millwright
