#include "millwright/alarm/fault_signatures.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/core/any_object.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace {

error refuse(const std::string& what, std::string_view mend, errc code = errc::invalid_data) {
  return {code, fault_signatures::id, what, mend};
}

bool is_finite(double v) noexcept { return v - v == 0.0; }

double compressed(double v) noexcept {
  const double size = math::log1p(std::fabs(v));
  return v < 0.0 ? -size : size;
}

double soft(double v, double by) noexcept {
  const double size = std::max(0.0, std::fabs(v) - by);
  return v < 0.0 ? -size : size;
}

}  // namespace

result<void> fault_signatures::fit(const const_rows& events, std::span<const std::uint32_t> fault,
                                   const std::vector<std::string>& fault_names) {
  MILLWRIGHT_CHECK(validate_params(*this));
  const std::size_t n = events.rows;
  const std::size_t width = events.columns;
  const std::size_t faults = fault_names.size();
  if (n == 0 || width == 0 || faults == 0) return refuse("there is no event to learn from", "give at least one confirmed event");
  if (fault.size() != n) return refuse("the events and their faults differ in number", "give one fault for each event");
  if (faults > most_faults || width > most_features || n > most_events) {
    return refuse(std::to_string(n) + " events of " + std::to_string(faults) + " faults with " + std::to_string(width) + " features",
                  "keep to 10000 events, 64 faults and 4096 features", errc::limit_exceeded);
  }
  for (std::size_t k = 0; k < faults; ++k) {
    if (std::find(fault_names.begin(), fault_names.begin() + static_cast<std::ptrdiff_t>(k), fault_names[k]) !=
        fault_names.begin() + static_cast<std::ptrdiff_t>(k)) {
      return refuse("the fault \"" + fault_names[k] + "\" is named twice", "name each once");
    }
  }
  std::vector<double> x(n * width);
  std::vector<double> count(faults, 0.0);
  std::vector<double> center(faults * width, 0.0);
  std::vector<double> mean(width, 0.0);
  for (std::size_t e = 0; e < n; ++e) {
    if (fault[e] >= faults) return refuse("an event has a fault without a name", "give each fault a name");
    count[fault[e]] += 1.0;
    for (std::size_t i = 0; i < width; ++i) {
      const double v = events[e][i];
      if (!is_finite(v)) return refuse("a value of event " + std::to_string(e + 1) + " is not finite", "leave that feature or event out");
      x[e * width + i] = compress ? compressed(v) : v;
      center[fault[e] * width + i] += x[e * width + i];
      mean[i] += x[e * width + i];
    }
  }
  for (std::size_t k = 0; k < faults; ++k) {
    if (count[k] == 0.0) return refuse("the fault \"" + fault_names[k] + "\" has no event", "leave its name out");
    for (std::size_t i = 0; i < width; ++i) center[k * width + i] /= count[k];
  }
  for (double& m : mean) m /= static_cast<double>(n);

  std::vector<double> scale(width, 1.0);
  if (n > faults) {
    std::fill(scale.begin(), scale.end(), 0.0);
    for (std::size_t e = 0; e < n; ++e) {
      for (std::size_t i = 0; i < width; ++i) {
        const double d = x[e * width + i] - center[fault[e] * width + i];
        scale[i] += d * d;
      }
    }
    for (double& s : scale) s = std::sqrt(s / static_cast<double>(n - faults));
    std::vector<double> sorted = scale;
    std::sort(sorted.begin(), sorted.end());
    const double median = width % 2 == 1 ? sorted[width / 2] : 0.5 * sorted[width / 2 - 1] + 0.5 * sorted[width / 2];
    for (double& s : scale) {
      s += median;
      if (s == 0.0) s = 1.0;
    }
  }
  for (std::size_t k = 0; k < faults; ++k) {
    const double m = std::sqrt(1.0 / count[k] - 1.0 / static_cast<double>(n));
    for (std::size_t i = 0; i < width; ++i) {
      double& c = center[k * width + i];
      const double error_of_center = m * scale[i];
      if (error_of_center > 0.0) c = mean[i] + error_of_center * soft((c - mean[i]) / error_of_center, shrinkage);
    }
  }
  if (!detail::all_finite(center) || !detail::all_finite(scale))
    return refuse("the deviations are too large to be compared", "use compress, or check the features");
  names = fault_names;
  centroid_ = learned_array<double>(std::move(center), {faults, width});
  scale_ = learned_array<double>(std::move(scale));
  return {};
}

result<void> fault_signatures::check(std::size_t features) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!centroid_.is_set() || !scale_.is_set())
    return refuse("no signature has been learned", "fit confirmed events first", errc::not_fitted);
  if (scale_.size() != features) {
    return refuse("the signatures have " + std::to_string(scale_.size()) + " features, the row has " + std::to_string(features),
                  "use the features that they were learned from", errc::incompatible);
  }
  const bool fits = features > 0 && features <= most_features && !names.empty() && names.size() <= most_faults &&
                    centroid_.size() == names.size() * features && detail::all_finite(centroid_.values()) &&
                    detail::all_finite(scale_.values()) &&
                    std::all_of(scale_.values().begin(), scale_.values().end(), [](double s) { return s > 0.0; });
  if (!fits) return refuse("the signatures' arrays do not fit", "save them again", errc::corrupt_file);
  return {};
}

std::size_t fault_signatures::nearest(std::span<const double> row, std::span<hypothesis> out) const noexcept {
  if (std::none_of(row.begin(), row.end(), is_finite)) return 0;
  std::size_t written = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    double distance = 0.0, product = 0.0, size_of_row = 0.0, size_of_fault = 0.0;
    for (std::size_t i = 0; i < scale_.size(); ++i) {
      if (!is_finite(row[i])) continue;
      const double v = (compress ? compressed(row[i]) : row[i]) / scale_[i];
      const double c = centroid_[k * scale_.size() + i] / scale_[i];
      distance += (v - c) * (v - c);
      product += v * c;
      size_of_row += v * v;
      size_of_fault += c * c;
    }
    const double sizes = std::sqrt(size_of_row) * std::sqrt(size_of_fault);
    const double cosine = product / sizes;  // NaN where one of both is 0 or too large
    const hypothesis h{static_cast<std::uint32_t>(k), cosine == cosine ? std::clamp(cosine, -1.0, 1.0) : 0.0, std::sqrt(distance)};
    // Insertion into what is nearest so far; the earlier fault wins a tie.
    std::size_t place = written;
    while (place > 0 && h.distance < out[place - 1].distance) --place;
    if (place >= out.size()) continue;
    if (written < out.size()) ++written;
    for (std::size_t i = written - 1; i > place; --i) out[i] = out[i - 1];
    out[place] = h;
  }
  return written;
}

result<std::vector<fault_signatures::hypothesis>> fault_signatures::leave_one_event_out(const const_rows& events,
                                                                                        std::span<const std::uint32_t> fault,
                                                                                        const std::vector<std::string>& fault_names) const {
  if (events.rows < 2) return refuse("there is only one event", "leave-one-event-out needs at least two");
  fault_signatures all = *this;
  MILLWRIGHT_CHECK(all.fit(events, fault, fault_names));
  std::vector<hypothesis> list;
  for (std::size_t out = 0; out < events.rows; ++out) {
    row_table kept(events.columns);
    std::vector<std::uint32_t> kept_fault;
    std::vector<std::string> kept_names;
    std::vector<std::uint32_t> original;  // of the names kept
    for (std::uint32_t k = 0; k < fault_names.size(); ++k) {
      bool has_event = false;
      for (std::size_t e = 0; e < events.rows; ++e) has_event |= e != out && fault[e] == k;
      if (!has_event) continue;
      for (std::size_t e = 0; e < events.rows; ++e) {
        if (e == out || fault[e] != k) continue;
        kept.append(events[e], {});
        kept_fault.push_back(static_cast<std::uint32_t>(kept_names.size()));
      }
      kept_names.push_back(fault_names[k]);
      original.push_back(k);
    }
    fault_signatures fold = *this;
    MILLWRIGHT_CHECK(fold.fit(std::as_const(kept).view(), kept_fault, kept_names));
    hypothesis best;
    static_cast<void>(fold.nearest(events[out], {&best, 1}));  // finite, as fit has checked
    best.fault = original[best.fault];
    list.push_back(best);
  }
  return list;
}

}  // namespace millwright
