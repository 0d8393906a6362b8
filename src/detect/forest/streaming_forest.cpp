#include "millwright/detect/forest/streaming_forest.hpp"

namespace millwright::detail {

namespace {

error misfit(std::string_view id, std::string_view what) {
  return {errc::corrupt_file, id, what, "save the bundle again from the fitted pipeline"};
}

}  // namespace

result<void> streaming_forest::prepare_rows(std::string_view id, const port& in, std::size_t most_rows) {
  if (!row_.is_set() || !box_low_.is_set() || !box_high_.is_set())
    return error(errc::not_fitted, id, "the forest has not learned yet", "fit the pipeline first");
  columns_ = box_low_.size();
  if (in.columns.size() != columns_) {
    return error(errc::incompatible, id,
                 "the forest learned " + std::to_string(columns_) + " columns, the input has " + std::to_string(in.columns.size()),
                 "use the features that it was fitted with");
  }
  if (columns_ == 0 || box_high_.size() != columns_ || !all_finite(box_low_.values()) || !all_finite(box_high_.values()))
    return misfit(id, "the forest's training box does not fit");
  if (row_.shape().size() != 2 || row_.shape()[1] != columns_ || row_.size() != row_.shape()[0] * columns_ || !all_finite(row_.values()))
    return misfit(id, "the forest's rows do not fit its columns");
  model_rows_ = row_.shape()[0];
  if (model_rows_ == 0 || model_rows_ > most_rows) return misfit(id, "the forest holds no rows, or more than its window");
  if (!(guard_ - guard_ == 0.0)) return misfit(id, "the forest's guard is not finite");
  learns_all_ = learn == "always";
  limit_ = learn == "never" ? -math::infinity : guard_;
  return {};
}

bool streaming_forest::load(std::span<const double> row) noexcept {
  bool finite = true;
  for (std::size_t c = 0; c < columns_; ++c) {
    // Halves, because the range of finite values need not be finite.
    const double low = 0.5 * box_low_[c];
    const double range = 0.5 * box_high_[c] - low;
    finite &= row[c] - row[c] == 0.0;
    x_[c] = range > 0.0 ? std::clamp((0.5 * row[c] - low) / range, -1e9, 1e9) : 0.0;
  }
  return finite;
}

}  // namespace millwright::detail
