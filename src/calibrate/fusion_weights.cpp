#include "millwright/calibrate/fusion_weights.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "core/prepare_with_memory.hpp"
#include "millwright/alarm/annunciator.hpp"
#include "millwright/calibrate/cauchy_fusion.hpp"
#include "millwright/evaluate/exposure.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/pipeline/judge.hpp"
#include "statistics/ridge_logistic.hpp"

namespace millwright {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

error refuse(const std::string& what, std::string_view mend, errc code = errc::invalid_data) {
  return {code, fusion_weights::id, what, mend};
}

std::string ordinal(std::size_t event) { return "event " + std::to_string(event + 1); }

/// a - b or a + b without overflow.
time_ns shifted(time_ns t, double by_ns) noexcept {
  const double moved = static_cast<double>(t) + by_ns;
  if (moved >= 9.2e18) return INT64_MAX;
  return moved <= -9.2e18 ? INT64_MIN : t + static_cast<time_ns>(by_ns);
}

/// The labelled stretch of operation: which rows are scored, and for each the event it belongs to and the fold it is left out with.
struct labelled_rows {
  enum class kind : std::uint8_t { normal, event, margin };
  struct row {
    std::size_t at = 0;  ///< in the severities given
    kind is = kind::normal;
    std::size_t fold = 0;  ///< number of the event, in the order of time
  };
  std::vector<row> rows;
  std::vector<std::size_t> order;       ///< events by time: order[fold] is the event's place in what was given
  std::vector<time_interval> credited;  ///< by fold: an episode raised here detects the event
  std::vector<time_interval> excused;   ///< by fold: an episode raised here is not false
};

/// One row of the regression.
struct unit_of_operation {
  std::vector<double> values;
  std::size_t fold = 0;
  bool is_event = false;
};

result<labelled_rows> label(const const_rows& severities, std::span<const time_interval> events, double margin_ns) {
  labelled_rows found;
  for (std::size_t e = 0; e < events.size(); ++e) found.order.push_back(e);
  std::sort(found.order.begin(), found.order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(events[a].from, a) < std::pair(events[b].from, b); });
  for (std::size_t fold = 0; fold < events.size(); ++fold) {
    const time_interval event = events[found.order[fold]];
    if (event.to < event.from) return refuse(ordinal(found.order[fold]) + " ends before it begins", "exchange its times");
    if (fold > 0 && event.from <= events[found.order[fold - 1]].to) {
      return refuse(ordinal(found.order[fold]) + " overlaps " + ordinal(found.order[fold - 1]), "join them to one event");
    }
    found.credited.push_back({shifted(event.from, -margin_ns), event.to});
    found.excused.push_back({shifted(event.from, -margin_ns), shifted(event.to, margin_ns)});
  }
  std::vector<time_ns> cuts;  // between fold i and i + 1: half way
  for (std::size_t fold = 0; fold + 1 < events.size(); ++fold) {
    const time_ns end = events[found.order[fold]].to;
    const time_ns next = events[found.order[fold + 1]].from;
    cuts.push_back(end + static_cast<time_ns>((static_cast<std::uint64_t>(next) - static_cast<std::uint64_t>(end)) / 2));
  }
  std::vector<std::size_t> rows_of_event(events.size(), 0);
  std::size_t fold = 0;
  for (std::size_t r = 0; r < severities.rows; ++r) {
    const row_meta& meta = severities.meta[r];
    if (r > 0 && meta.end_time < severities.meta[r - 1].end_time)
      return refuse("time steps back in row " + std::to_string(r), "sort the rows, or pass one recording");
    const auto values = severities[r];
    if (has(meta.quality, quality::not_scored) || std::any_of(values.begin(), values.end(), [](double s) { return s != s; })) continue;
    while (fold < cuts.size() && meta.end_time > cuts[fold]) ++fold;
    labelled_rows::row row{r, labelled_rows::kind::normal, fold};
    const auto inside = [&](const time_interval& i) { return meta.end_time >= i.from && meta.end_time <= i.to; };
    if (inside(events[found.order[fold]])) {
      row.is = labelled_rows::kind::event;
      ++rows_of_event[fold];
    } else if (std::any_of(found.excused.begin(), found.excused.end(), inside)) {
      row.is = labelled_rows::kind::margin;
    }
    found.rows.push_back(row);
  }
  for (std::size_t f = 0; f < events.size(); ++f) {
    if (rows_of_event[f] == 0)
      return refuse(ordinal(found.order[f]) + " holds no scored window", "check its times against those of the run, or leave it out");
  }
  return found;
}

/// For each detector the k-th largest severity of rows [first, last), capped.
std::vector<double> values_of(const const_rows& severities, std::span<const labelled_rows::row> rows, std::size_t k, double cap) {
  std::vector<double> values;
  std::vector<double> sorted(rows.size());
  for (std::size_t d = 0; d < severities.columns; ++d) {
    for (std::size_t i = 0; i < rows.size(); ++i) sorted[i] = severities[rows[i].at][d];
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    values.push_back(std::min(sorted[std::min(k, sorted.size()) - 1], cap));
  }
  return values;
}

/// Events, and normal operation cut into stretches of the median event's length; no stretch crosses an event, a margin or a fold.
std::vector<unit_of_operation> units_of(const labelled_rows& labelled, const const_rows& severities, std::size_t k, double cap) {
  const std::span<const labelled_rows::row> rows = labelled.rows;
  const auto same_run = [&](std::size_t a, std::size_t b) { return rows[a].is == rows[b].is && rows[a].fold == rows[b].fold; };
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  std::vector<std::size_t> event_lengths(labelled.order.size(), 0);
  for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
    while (last < rows.size() && same_run(first, last)) ++last;
    runs.emplace_back(first, last);
    if (rows[first].is == labelled_rows::kind::event) event_lengths[rows[first].fold] += last - first;
  }
  std::sort(event_lengths.begin(), event_lengths.end());
  const std::size_t length = std::max(k, event_lengths[event_lengths.size() / 2]);
  std::vector<unit_of_operation> units;
  for (const auto& [first, last] : runs) {
    if (rows[first].is == labelled_rows::kind::margin) continue;
    const bool is_event = rows[first].is == labelled_rows::kind::event;
    const std::size_t step = is_event ? last - first : length;
    for (std::size_t at = first; at + step <= last; at += step)
      units.push_back({values_of(severities, rows.subspan(at, step), k, cap), rows[first].fold, is_event});
  }
  return units;
}

/// Weights from all units but those of one fold; they sum to 1. Empty: no unit of one of the two kinds is left.
std::vector<double> weights_from(const std::vector<unit_of_operation>& units, std::size_t left_out, std::size_t detectors, double ridge) {
  std::vector<double> x;
  std::vector<std::uint8_t> positive;
  for (const auto& unit : units) {
    if (unit.fold == left_out) continue;
    x.insert(x.end(), unit.values.begin(), unit.values.end());
    positive.push_back(unit.is_event ? 1 : 0);
  }
  const auto events = static_cast<std::size_t>(std::count(positive.begin(), positive.end(), std::uint8_t{1}));
  if (events == 0 || events == positive.size()) return {};
  detail::logistic_problem problem{x, positive, detectors, ridge, 1.0 / static_cast<double>(detectors)};
  std::vector<double> weights = detail::fit_ridge_logistic(problem).coefficients;
  const double largest = *std::max_element(weights.begin(), weights.end());
  if (!(largest > 0.0)) return std::vector<double>(detectors, 1.0 / static_cast<double>(detectors));
  double sum = 0.0;
  for (double& w : weights) {
    if (w * cauchy_fusion::largest_ratio <= largest) w = 0.0;
    sum += w;
  }
  for (double& w : weights) w /= sum;
  return weights;
}

/// Tail, threshold and alarm as the folds other than `fold` set them, run over that fold.
result<fusion_weights::outcome> try_on(std::size_t fold, const labelled_rows& labelled, const const_rows& severities,
                                       std::span<const double> weights, const alert_budget& budget, alarm machine, tail_calibration tail) {
  row_table training(1);
  row_table held_out(1);
  std::vector<labelled_rows::kind> kinds;
  for (const auto& row : labelled.rows) {
    const double fused = cauchy_fusion::combine(severities[row.at], weights);
    if (row.fold == fold) {
      held_out.append({&fused, 1}, severities.meta[row.at]);
      kinds.push_back(row.is);
    } else if (row.is == labelled_rows::kind::normal) {
      training.append({&fused, 1}, severities.meta[row.at]);
    }
  }
  const port in = port::of({"severity"});
  MILLWRIGHT_CHECK(tail.observe(in, std::as_const(training).view()));
  MILLWRIGHT_CHECK(tail.finish());
  const auto calibrate = [&](row_table& rows) {
    const rows_view view = rows.view();
    for (std::size_t r = 0; r < view.rows; ++r) view[r][0] = tail.severity(view[r][0], 0, view.meta[r].regime);
  };
  calibrate(training);
  calibrate(held_out);
  MILLWRIGHT_TRY(const evidence found, learn_threshold(any_threshold::of(budget), std::as_const(training).view(), machine));
  machine.threshold = found.threshold;
  MILLWRIGHT_TRY(const auto memory, detail::prepare_with_memory([&](workspace& w) { return machine.prepare(w); }));
  machine.reset();

  fusion_weights::outcome outcome;
  outcome.threshold = found.threshold;
  const const_rows rows = std::as_const(held_out).view();
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const row_meta& meta = rows.meta[r];
    const double severity = rows[r][0];
    if (kinds[r] == labelled_rows::kind::event) outcome.peak = std::max(outcome.peak, severity);
    if (machine.update(meta.end_time, severity, true, meta.regime) != alarm::event::raised) continue;
    const auto inside = [&](const time_interval& i) { return meta.end_time >= i.from && meta.end_time <= i.to; };
    if (inside(labelled.credited[fold])) {
      outcome.detected = true;
    } else if (std::none_of(labelled.excused.begin(), labelled.excused.end(), inside)) {
      ++outcome.false_episodes;
    }
  }
  return outcome;
}

/// The exposure of normal rows; what lies in events and margins is no normal operation.
double weeks_of_normal(const labelled_rows& labelled, const const_rows& severities) {
  row_table rows(1);
  for (std::size_t r = 0, next = 0; r < severities.rows; ++r) {
    row_meta meta = severities.meta[r];
    const bool is_listed = next < labelled.rows.size() && labelled.rows[next].at == r;
    if (!is_listed || labelled.rows[next].is != labelled_rows::kind::normal) meta.quality |= bits(quality::not_scored);
    next += is_listed ? 1 : 0;
    const double nothing = 0.0;
    rows.append({&nothing, 1}, meta);
  }
  const auto found = exposure::of(std::as_const(rows).view(), fusion_weights::id);
  return found ? found->weeks : 0.0;
}

}  // namespace

std::size_t fusion_weights::verdict::detected(bool with_learned) const noexcept {
  std::size_t count = 0;
  for (const auto& e : events) count += (with_learned ? e.learned : e.equal).detected ? 1 : 0;
  return count;
}

std::uint64_t fusion_weights::verdict::false_episodes(bool with_learned) const noexcept {
  std::uint64_t count = 0;
  for (const auto& e : events) count += (with_learned ? e.learned : e.equal).false_episodes;
  return count;
}

result<fusion_weights::verdict> fusion_weights::learn(const const_rows& severities, std::span<const time_interval> events,
                                                      const alert_budget& budget, const alarm& machine,
                                                      const tail_calibration& detector_tails) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  const std::size_t detectors = severities.columns;
  if (detectors < 2) return refuse("one detector needs no weights", "use at least two detectors");
  if (detectors > most_detectors) {
    return refuse(
        "there are " + std::to_string(detectors) + " detectors; a few events decide about at most " + std::to_string(most_detectors),
        "use fewer detectors", errc::limit_exceeded);
  }
  if (events.size() < fewest_events) {
    return refuse("there are " + std::to_string(events.size()) + " labelled events; at least " + std::to_string(fewest_events) +
                      " are needed to tell learned weights from luck",
                  "keep equal weights until there are more");
  }
  if (severities.meta == nullptr) return refuse("the rows have no times", "give each row its end time");
  const tail_calibration tail = settle_fused_tail(detector_tails);
  MILLWRIGHT_TRY(const labelled_rows labelled, label(severities, events, margin_s * 1e9));
  const auto k = static_cast<std::size_t>(machine.on_count);
  const std::vector<unit_of_operation> units = units_of(labelled, severities, k, largest_severity);

  verdict v;
  v.learned = weights_from(units, nowhere, detectors, ridge);
  if (v.learned.empty()) return refuse("there is no stretch of normal operation as long as an event", "pass more normal operation");
  v.normal_weeks = weeks_of_normal(labelled, severities);
  v.events.resize(events.size());
  const std::vector<double> equal(detectors, 1.0 / static_cast<double>(detectors));
  for (std::size_t fold = 0; fold < events.size(); ++fold) {
    event_report& report = v.events[labelled.order[fold]];
    report.weights = weights_from(units, fold, detectors, ridge);
    if (report.weights.empty()) return refuse("normal operation lies around one event only", "pass normal operation from between events");
    MILLWRIGHT_TRY(report.equal, try_on(fold, labelled, severities, {}, budget, machine, tail));
    MILLWRIGHT_TRY(report.learned, try_on(fold, labelled, severities, report.weights, budget, machine, tail));
  }
  const bool no_worse = v.detected(true) >= v.detected(false) && v.false_episodes(true) <= v.false_episodes(false);
  v.better = no_worse && (v.detected(true) > v.detected(false) || v.false_episodes(true) < v.false_episodes(false));
  v.weights = v.better ? v.learned : equal;
  return v;
}

}  // namespace millwright
