// A default stands twice: at the member, for whoever writes C++, and in the descriptor, for JSON, Python and the docs. They are one.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/alarm/fault_signatures.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/signal_stages.hpp"
#include "millwright/stage_registry.hpp"
#include "millwright/stages.hpp"

namespace millwright {
namespace {

/// What is different, by name; empty: nothing.
template <class T>
std::string differences() {
  const auto constructed = get_params(T());
  const auto declared = get_params(with_defaults<T>());
  if (constructed.size() != declared.size()) return "the number of parameters";
  std::string names;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (constructed[i] != declared[i]) names += std::string(declared[i].first) + " ";
  }
  return names;
}

template <class T>
void expect_one_default() {
  EXPECT_EQ(differences<T>(), "") << T::id;
}

template <class... Stages>
std::size_t expect_one_default_each(stage_list<Stages...>) {
  (expect_one_default<Stages>(), ...);
  return sizeof...(Stages);
}
template <class Real, template <class> class... Stages>
std::size_t expect_one_default_each(signal_stage_list<Stages...>) {
  (expect_one_default<Stages<Real>>(), ...);
  return sizeof...(Stages);
}

TEST(Defaults, OfRowStages) { EXPECT_EQ(expect_one_default_each(builtin_stages()), builtin_registry().stages().size()); }

TEST(Defaults, OfSignalStages) {
  EXPECT_EQ(expect_one_default_each<float>(builtin_signal_stages()), builtin_signal_registry<float>().stages().size());
  EXPECT_EQ(expect_one_default_each<double>(builtin_signal_stages()), builtin_signal_registry<double>().stages().size());
}

TEST(Defaults, OfTheOtherSectionsOfAPipeline) {
  expect_one_default<windower>();
  expect_one_default<clock_policy>();
  expect_one_default<feature_extractor>();
  expect_one_default<alert_budget>();
  expect_one_default<alarm>();
  expect_one_default<fit_options>();
  expect_one_default<fault_signatures>();
}

// The two lists are found to differ when they do.
struct careless {
  static constexpr std::string_view id = "careless";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "A class whose author changed one default of two.";
  double level = 2.0;
  std::int64_t count = 3;
  static constexpr auto params() {
    return std::tuple{number("level", &careless::level, 1.0, 0, 10, unit::none, "a level"),
                      integer("count", &careless::count, 3, 0, 10, unit::none, "a count")};
  }
  static constexpr auto model() { return std::tuple<>{}; }
};
TEST(Defaults, AreFoundToDifferWhenTheyDo) { EXPECT_EQ(differences<careless>(), "level "); }

}  // namespace
}  // namespace millwright
