// Parameters: what each type of descriptor takes, refuses and says, by value, by text and by JSON.
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/json.hpp"
#include "millwright/core/stage.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

struct cooling {
  static constexpr std::string_view id = "cooling";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "A part with settings of its own.";

  double flow = 1.0;
  std::optional<std::int64_t> fans;

  static auto params() {
    return std::tuple{number("flow", &cooling::flow, 2.0, 0.0, 10.0, unit::none, "of water"),
                      integer("fans", &cooling::fans, std::nullopt, 1, 8, unit::none, "that turn; none: as many as fit", formerly{0})};
  }
};

struct base {
  bool wet = false;
};

struct machine : base {
  static constexpr std::string_view id = "machine";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Has a parameter of every type.";

  std::int64_t count = 0;
  double share = 0.0;
  std::string kind;
  std::vector<std::string> labels;
  std::vector<double> weights;
  std::optional<std::int64_t> overlap;
  std::optional<double> edge;
  std::optional<std::string> note;
  number_or_word<std::int64_t> depth = 0;
  number_or_word<double> width = 0.0;
  cooling cooler;

  static auto params() {
    return std::tuple{
        flag("wet", static_cast<bool machine::*>(&base::wet), true, "whether it is wet"),
        integer("count", &machine::count, 3, 1, 9, unit::window, "of parts"),
        number("share", &machine::share, 0.5, 0.0, 1.0, unit::share, "of the whole"),
        choice("kind", &machine::kind, "pump", "pump|fan", "what it is"),
        names("labels", &machine::labels, "written on it"),
        numbers("weights", &machine::weights, 0.0, 5.0, unit::none, "of its parts"),
        integer("overlap", &machine::overlap, std::nullopt, 0, 100, unit::sample, "shared; none: half", formerly{-1}),
        number("edge", &machine::edge, std::nullopt, above_zero, 1e9, unit::hertz, "upper edge; none: half the rate", formerly{0}),
        text("note", &machine::note, "free text; none: no note"),
        integer("depth", &machine::depth, "auto", 1, 64, unit::none, "auto|unlimited", "of the tree", formerly{0, -1}),
        number("width", &machine::width, "scale", 1e-9, 1e9, unit::none, "scale|auto", "of the kernel"),
        settings("cooler", &machine::cooler, "of the bearings"),
    };
  }
};

const std::vector<param_info>& infos() { return param_infos<machine>(); }
const param_info& info(std::string_view name) { return *find_param(infos(), name); }

/// The text of the verdict on one value.
std::string verdict_on(std::string_view name, const param_value& value) {
  auto m = with_defaults<machine>();
  auto done = set_param(m, name, value);
  if (done) done = validate_params(m);
  return done ? "ok" : done.error().message();
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

param_value value_of(const machine& m, std::string_view name) {
  for (const auto& [key, value] : get_params(m)) {
    if (key == name) return value;
  }
  return {};
}

TEST(Params, DefaultsAreThoseOfTheDescriptors) {
  const auto m = with_defaults<machine>();
  EXPECT_TRUE(validate_params(m));
  EXPECT_TRUE(m.wet);
  EXPECT_EQ(m.count, 3);
  EXPECT_EQ(m.kind, "pump");
  EXPECT_FALSE(m.overlap || m.edge || m.note);
  EXPECT_TRUE(m.depth.is("auto"));
  EXPECT_TRUE(m.width.is("scale"));
  EXPECT_EQ(m.cooler.flow, 2.0);
  for (const auto& [name, value] : get_params(m)) EXPECT_EQ(value, info(name).initial) << name;
}

TEST(Params, AnAbsentValueIsNeitherANumberNorAText) {
  for (const std::string_view name : {"overlap", "edge", "note"}) {
    EXPECT_EQ(verdict_on(name, {}), "ok") << name;
    EXPECT_EQ(value_of(with_defaults<machine>(), name), param_value()) << name;
  }
  for (const std::string_view name : {"wet", "count", "share", "kind", "labels", "weights", "depth", "width", "cooler"}) {
    EXPECT_TRUE(says(verdict_on(name, {}), "has the wrong type")) << name;
  }
}

TEST(Params, RangesHoldWhereANumberIsPresent) {
  EXPECT_EQ(verdict_on("overlap", std::int64_t{0}), "ok");
  EXPECT_EQ(verdict_on("overlap", 100.0), "ok");
  EXPECT_EQ(verdict_on("edge", std::int64_t{50}), "ok");
  EXPECT_EQ(verdict_on("edge", 1e-300), "ok");
  EXPECT_EQ(verdict_on("depth", std::int64_t{64}), "ok");
  EXPECT_EQ(verdict_on("width", 1e9), "ok");
  EXPECT_EQ(verdict_on("cooler.fans", std::int64_t{8}), "ok");
  for (const auto& [name, value] : std::vector<std::pair<std::string_view, param_value>>{{"overlap", std::int64_t{101}},
                                                                                         {"edge", 2e9},
                                                                                         {"edge", std::numeric_limits<double>::quiet_NaN()},
                                                                                         {"edge", -1.0},
                                                                                         {"depth", std::int64_t{65}},
                                                                                         {"width", 0.0},
                                                                                         {"weights", std::vector<double>{1.0, 6.0}},
                                                                                         {"cooler.fans", std::int64_t{9}},
                                                                                         {"cooler.flow", -1.0}}) {
    EXPECT_TRUE(says(verdict_on(name, value), "give a value ")) << name << ": " << verdict_on(name, value);
  }
}

TEST(Params, WhatStoodForAbsentIsRefusedAndTheNewWayNamed) {
  const std::string overlap = verdict_on("overlap", std::int64_t{-1});
  EXPECT_TRUE(says(overlap, "parameter \"overlap\" of machine is -1")) << overlap;
  EXPECT_TRUE(says(overlap, "give a value from 0 to 100 samples, or none (null in JSON, None in Python)")) << overlap;
  const std::string edge = verdict_on("edge", 0.0);
  EXPECT_TRUE(says(edge, "give a value above 0 and at most 1e+09 Hz, or none")) << edge;
  const std::string note = verdict_on("note", std::string());
  EXPECT_TRUE(says(note, "or none (null in JSON, None in Python)")) << note;
  const std::string depth = verdict_on("depth", std::int64_t{0});
  EXPECT_TRUE(says(depth, "give a value from 1 to 64, or \"auto\", or \"unlimited\"")) << depth;
  const std::string width = verdict_on("width", std::string("0.5"));
  EXPECT_TRUE(says(width, "parameter \"width\" of machine is \"0.5\"")) << width;
  EXPECT_TRUE(says(width, "not as a text, or \"scale\", or \"auto\"")) << width;
  EXPECT_TRUE(says(verdict_on("cooler.fans", std::int64_t{0}), "parameter \"fans\" of cooling is 0"));
}

TEST(Params, WordsAreThoseListed) {
  for (const std::string word : {"auto", "unlimited"}) EXPECT_EQ(verdict_on("depth", word), "ok");
  for (const std::string word : {"", "aut", "auto|unlimited", "scale"}) EXPECT_NE(verdict_on("depth", word), "ok") << word;
  EXPECT_TRUE(says(verdict_on("depth", 2.5), "an integer, or \"auto\", or \"unlimited\""));
  EXPECT_NE(verdict_on("kind", std::string("compressor")), "ok");
}

TEST(Params, ANumberOrAWordKnowsWhichItIs) {
  number_or_word<std::int64_t> depth = 7;
  EXPECT_FALSE(depth.is_word());
  EXPECT_EQ(depth.number(), 7);
  EXPECT_EQ(depth.number_or(3), 7);
  depth = "auto";
  EXPECT_TRUE(depth.is("auto"));
  EXPECT_FALSE(depth.is(""));
  EXPECT_EQ(depth.number_or(3), 3);
  EXPECT_NE(depth, number_or_word<std::int64_t>(0));
  EXPECT_NE(number_or_word<double>(""), number_or_word<double>(0.0));
}

TEST(Params, ThePartsOfAMachineAreSetOneByOneOrTogether) {
  auto m = with_defaults<machine>();
  ASSERT_TRUE(set_param(m, "cooler", param_object{{{"fans", std::int64_t{4}}}}));
  EXPECT_EQ(m.cooler.fans, 4);
  EXPECT_EQ(m.cooler.flow, 2.0);
  ASSERT_TRUE(set_param(m, "cooler.flow", std::int64_t{3}));
  EXPECT_EQ(m.cooler.flow, 3.0);
  EXPECT_EQ(value_of(m, "cooler"), param_value(param_object{{{"flow", 3.0}, {"fans", std::int64_t{4}}}}));

  const auto message = [&](std::string_view name, const param_value& value) { return set_param(m, name, value).error().message(); };
  EXPECT_TRUE(says(message("cooler", param_object{{{"fan", std::int64_t{4}}}}), "did you mean \"fans\"?"));
  EXPECT_TRUE(says(message("cooler.flo", 1.0), "did you mean \"flow\"?"));
  EXPECT_TRUE(says(message("count.flow", 1.0), "machine has no parameter \"count.flow\""));
  EXPECT_TRUE(says(message("cooler", 1.0), "an object of settings: flow, fans"));
  EXPECT_TRUE(says(message("share", param_object{}), "give a number"));
}

TEST(Params, AreFoundByName) {
  EXPECT_EQ(info("depth").type, param_type::integer_or_word);
  EXPECT_EQ(info("cooler.fans").type, param_type::optional_integer);
  EXPECT_EQ(find_param(infos(), "cooler.speed"), nullptr);
  EXPECT_EQ(find_param(infos(), "count.fans"), nullptr);
  EXPECT_EQ(find_param(infos(), ""), nullptr);
}

TEST(Params, GoThroughTextAndBack) {
  for (const auto& [name, text] : std::vector<std::pair<std::string_view, std::string>>{{"wet", "false"},
                                                                                        {"count", "4"},
                                                                                        {"share", "0.25"},
                                                                                        {"kind", "fan"},
                                                                                        {"labels", "a,b"},
                                                                                        {"weights", "1,2.5"},
                                                                                        {"overlap", "none"},
                                                                                        {"overlap", "12"},
                                                                                        {"edge", "0.125"},
                                                                                        {"note", "none"},
                                                                                        {"note", "5"},
                                                                                        {"depth", "unlimited"},
                                                                                        {"depth", "7"},
                                                                                        {"width", "auto"},
                                                                                        {"width", "1e-05"},
                                                                                        {"cooler.fans", "none"},
                                                                                        {"cooler.flow", "0.5"}}) {
    auto m = with_defaults<machine>();
    ASSERT_TRUE(set_param(m, name, param_from_text(info(name), text))) << name;
    ASSERT_TRUE(validate_params(m)) << name;
    if (name.find('.') == std::string_view::npos) {
      EXPECT_EQ(to_text(value_of(m, name)), text) << name;
    }
  }
  EXPECT_EQ(to_text(value_of(with_defaults<machine>(), "cooler")), "{flow=2,fans=none}");
  EXPECT_NE(verdict_on("count", param_from_text(info("count"), "four")), "ok");
  EXPECT_NE(verdict_on("weights", param_from_text(info("weights"), "1,two")), "ok");
  EXPECT_NE(verdict_on("depth", param_from_text(info("depth"), "none")), "ok");
}

TEST(Params, GoThroughJsonAndBack) {
  auto m = with_defaults<machine>();
  const auto text = detail::dump(detail::params_to_json(m));
  EXPECT_TRUE(says(text, "\"overlap\":null")) << text;
  EXPECT_TRUE(says(text, "\"depth\":\"auto\"")) << text;
  EXPECT_TRUE(says(text, "\"cooler\":{\"fans\":null,\"flow\":2.0}")) << text;
  for (const char* change : {"{}", R"({"overlap": 5, "edge": 0.5, "note": "x", "depth": 9, "width": 0.5, "cooler": {"fans": 2}})",
                             R"({"depth": "unlimited", "width": "auto", "overlap": null})"}) {
    const auto read = [](std::string_view json, machine& into) {
      return detail::params_from_json(test::must(detail::parse_json(json, "test")), "test", "",
                                      [&](std::string_view key, const param_value& v) { return set_param(into, key, v); });
    };
    ASSERT_TRUE(read(change, m)) << change;
    ASSERT_TRUE(validate_params(m)) << change;
    machine again;
    ASSERT_TRUE(read(detail::dump(detail::params_to_json(m)), again)) << change;
    EXPECT_EQ(get_params(again), get_params(m)) << change;
  }
}

/// As a file of an earlier version is read.
std::string modernized(std::string_view json) {
  auto settings = test::must(detail::parse_json(json, "test"));
  detail::modernize(settings, infos());
  return detail::dump(settings);
}

TEST(Params, AFileOfAnEarlierVersionSaysAbsentByANumber) {
  EXPECT_EQ(modernized(R"({"overlap": -1, "edge": 0, "note": "", "depth": 0, "cooler": {"fans": 0, "flow": 0}})"),
            R"({"cooler":{"fans":null,"flow":0},"depth":"auto","edge":null,"note":null,"overlap":null})");
  EXPECT_EQ(modernized(R"({"edge": 0.0, "overlap": -1.0, "depth": -1})"), R"({"depth":"unlimited","edge":null,"overlap":null})");
  EXPECT_EQ(modernized(R"({"width": "0.5"})"), R"({"width":0.5})");
}

TEST(Params, WhatIsNotOfAnEarlierVersionStaysAsItIs) {
  for (const char* json : {R"({"count":0,"edge":0.5,"overlap":0,"share":0,"weights":[0]})", R"({"depth":3,"width":"scale"})",
                           R"({"depth":"auto","edge":null,"note":"x","overlap":null,"width":0})",
                           R"({"cooler":0,"kind":"","width":"wide"})", R"({"unknown":0})", "[-1]", "null"}) {
    EXPECT_EQ(modernized(json), json);
  }
}

}  // namespace
}  // namespace millwright
