#include <algorithm>
#include <string>
#include <utility>

#include "core/prepare_with_memory.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/pipeline/judge.hpp"

namespace millwright {

namespace {

/// Rows in, rows out through one prepared stage.
template <class Stage>
result<row_table> transform(Stage stage, const port& in, const const_rows& rows, port& out_port) {
  const auto prepare = [&](workspace& w) -> result<void> {
    MILLWRIGHT_TRY(out_port, stage.prepare(in, w));
    return {};
  };
  MILLWRIGHT_TRY(const auto memory, detail::prepare_with_memory(prepare));
  stage.reset();
  row_table out(out_port.columns.size());
  out.resize(rows.rows);
  rows_view view = out.view();
  for (std::size_t r = 0; r < rows.rows; ++r) view.meta[r] = rows.meta[r];
  stage.process(rows, view);
  return out;
}

/// The stages between features and scores: what a fold trains and what the final fit trains.
struct scorer {
  any_stage normalize;
  std::vector<any_stage> detect;

  result<void> fit(const port& features, const const_rows& rows) {
    MILLWRIGHT_CHECK(normalize.fit(features, rows));
    port normalized;
    MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
    for (auto& d : detect) MILLWRIGHT_CHECK(d.fit(normalized, z.view()));
    return {};
  }

  /// One score column per detector; rows that the normaliser refuses carry quality::not_scored and NaN.
  [[nodiscard]] result<row_table> score(const port& features, const const_rows& rows) const {
    port normalized;
    MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
    row_table scores(detect.size());
    scores.resize(rows.rows);
    rows_view out = scores.view();
    for (std::size_t r = 0; r < rows.rows; ++r) out.meta[r] = z.view().meta[r];
    for (std::size_t d = 0; d < detect.size(); ++d) {
      port score_port;
      MILLWRIGHT_TRY(const row_table column, transform(detect[d], normalized, z.view(), score_port));
      for (std::size_t r = 0; r < rows.rows; ++r)
        out[r][d] = has(out.meta[r].quality, quality::not_scored) ? math::nan : column.view()[r][0];
    }
    return scores;
  }
};

error stopped() { return {errc::invalid_argument, "fit", "stopped by the progress callback", "return true to go on"}; }

row_table without(const const_rows& rows, std::size_t first, std::size_t last) {
  row_table kept(rows.columns);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (r < first || r >= last) kept.append(rows[r], rows.meta[r]);
  }
  return kept;
}

const_rows slice(const const_rows& rows, std::size_t first, std::size_t last) {
  return {rows.values + first * rows.stride, last - first, rows.columns, rows.stride, rows.meta + first};
}

/// Each contiguous block scored by models that did not see it, nor the rows beside it.
result<row_table> held_out_scores(const judge_parts& parts, const port& features, const const_rows& rows, const cross_fit& how,
                                  const progress_callback& progress) {
  const std::size_t n = rows.rows;
  const std::size_t folds = std::min<std::size_t>(static_cast<std::size_t>(how.folds), n / 2);
  row_table all(parts.detect.size());
  for (std::size_t k = 0; k < folds; ++k) {
    if (!progress(0.8 * static_cast<double>(k) / static_cast<double>(folds), "held-out scores")) return stopped();
    const std::size_t first = n * k / folds;
    const std::size_t last = n * (k + 1) / folds;
    const row_table training =
        without(rows, first > how.purged_rows ? first - how.purged_rows : 0, last + std::min(how.purged_rows, n - last));
    scorer fold{*parts.normalize, parts.detect};
    MILLWRIGHT_CHECK(fold.fit(features, training.view()));
    MILLWRIGHT_TRY(const row_table scores, fold.score(features, slice(rows, first, last)));
    all.append(scores.view());
  }
  return all;
}

/// Writes the regimes that the final normaliser finds: each fold has found and numbered its own.
result<void> name_regimes(const any_stage& normalize, const port& features, const const_rows& rows, row_table& scores) {
  port normalized;
  MILLWRIGHT_TRY(const row_table z, transform(normalize, features, rows, normalized));
  for (std::size_t r = 0; r < rows.rows; ++r) scores.view().meta[r].regime = z.view().meta[r].regime;
  return {};
}

}  // namespace

result<judged_rows> fit_judge(judge_parts& parts, const port& features, const const_rows& rows, const cross_fit& how,
                              progress_callback progress) {
  if (rows.rows < 2) return error(errc::invalid_data, "fit", "there are fewer than 2 rows to learn from", "record more normal operation");
  // Held-out scores calibrate the tails, the fused tail, and later the alarm threshold, in this order.
  MILLWRIGHT_TRY(row_table raw, held_out_scores(parts, features, rows, how, progress));
  if (!progress(0.8, "final models")) return stopped();
  scorer final_models{*parts.normalize, parts.detect};
  MILLWRIGHT_CHECK(final_models.fit(features, rows));
  if (parts.detector_tails.by_regime) MILLWRIGHT_CHECK(name_regimes(final_models.normalize, features, rows, raw));
  if (!progress(0.9, "calibration")) return stopped();

  const port detector_port = port::of(name_detectors(parts.detect));
  port smooth_port, tail_port, fused_port, severity_port;
  judged_rows held_out;
  parts.fused_tail = settle_fused_tail(parts.detector_tails);
  MILLWRIGHT_CHECK(parts.smooth->fit(detector_port, raw.view()));
  MILLWRIGHT_TRY(const row_table scores, transform(*parts.smooth, detector_port, raw.view(), smooth_port));
  MILLWRIGHT_CHECK(parts.detector_tails.observe(smooth_port, scores.view()));
  MILLWRIGHT_CHECK(parts.detector_tails.finish());
  MILLWRIGHT_TRY(held_out.detectors, transform(parts.detector_tails, smooth_port, scores.view(), tail_port));
  MILLWRIGHT_CHECK(parts.fuse->fit(tail_port, std::as_const(held_out.detectors).view()));
  MILLWRIGHT_TRY(const row_table fused, transform(*parts.fuse, tail_port, std::as_const(held_out.detectors).view(), fused_port));
  MILLWRIGHT_CHECK(parts.fused_tail.observe(fused_port, fused.view()));
  MILLWRIGHT_CHECK(parts.fused_tail.finish());
  MILLWRIGHT_TRY(held_out.fused, transform(parts.fused_tail, fused_port, fused.view(), severity_port));
  parts.normalize = std::move(final_models.normalize);
  parts.detect = std::move(final_models.detect);
  return held_out;
}

result<judged_rows> judge_rows(const judge_parts& fitted, const port& features, const const_rows& rows) {
  const scorer models{*fitted.normalize, fitted.detect};
  MILLWRIGHT_TRY(const row_table raw, models.score(features, rows));
  port smooth_port, tail_port, fused_port, severity_port;
  MILLWRIGHT_TRY(const row_table scores, transform(*fitted.smooth, port::of(name_detectors(fitted.detect)), raw.view(), smooth_port));
  judged_rows judged;
  MILLWRIGHT_TRY(judged.detectors, transform(fitted.detector_tails, smooth_port, scores.view(), tail_port));
  MILLWRIGHT_TRY(const row_table fused, transform(*fitted.fuse, tail_port, std::as_const(judged.detectors).view(), fused_port));
  MILLWRIGHT_TRY(judged.fused, transform(fitted.fused_tail, fused_port, fused.view(), severity_port));
  return judged;
}

}  // namespace millwright
