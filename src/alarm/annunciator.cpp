#include "millwright/alarm/annunciator.hpp"

#include <utility>

namespace millwright {

result<annunciator_trial> annunciator_trial::of(const alarm& rules) {
  annunciator_trial t;
  t.rules_ = rules;
  t.rules_.threshold = 1.0;  // any: each run sets its own
  workspace measure;
  MILLWRIGHT_CHECK(t.rules_.prepare(measure));
  MILLWRIGHT_TRY(t.memory_, detail::arena_memory::take(measure.bytes_used(), alarm::id, "lower on_window"));
  return t;
}

annunciation annunciator_trial::run(const exposure& operation, double threshold) noexcept {
  workspace memory(memory_.bytes());
  rules_.take(memory);
  rules_.threshold = threshold;
  rules_.reset();
  annunciation found;
  for (const exposure::window& w : operation.windows) {
    if (w.new_recording) rules_.reset();
    found.raised += rules_.update(w.end_time, w.severity, true, w.regime) == alarm::event::raised ? 1 : 0;
    found.standing += rules_.active() ? 1 : 0;
  }
  return found;
}

result<evidence> learn_threshold(const any_threshold& threshold, const const_rows& severities, const alarm& rules) {
  MILLWRIGHT_TRY(const exposure operation, exposure::of(severities, threshold.id()));
  MILLWRIGHT_TRY(annunciator_trial trial, annunciator_trial::of(rules));
  const auto annunciate = [&](double level) noexcept { return trial.run(operation, level); };
  return threshold.learn({operation, rules.deadband, annunciate});
}

}  // namespace millwright
