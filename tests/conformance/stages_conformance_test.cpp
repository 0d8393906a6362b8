// What every stage of the registry promises, whichever it is. A new line in stages.hpp is tested here without a new line in this
// file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string>

#include "support/prepared_stage.hpp"

namespace millwright {
namespace {

class Stages : public testing::TestWithParam<std::string_view> {
 protected:
  /// Calls check(variant) under each variant of the stage's settings.
  template <class Check>
  void for_each_variant(const Check& check) const {
    for (const auto& variant : test::row_variants_of(GetParam())) {
      SCOPED_TRACE(variant.name());
      check(variant);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Registry, Stages, testing::ValuesIn(test::stage_ids()), [](const auto& p) { return std::string(p.param); });

TEST_P(Stages, DescribesItself) {
  const any_stage stage = test::must(builtin_registry().make(GetParam()));
  const stage_info info = stage.info();
  EXPECT_EQ(info.id, GetParam());
  EXPECT_GE(info.version, 1);
  EXPECT_GE(info.doc.size(), 20u);
  EXPECT_EQ(info.doc.back(), '.') << info.doc;
  std::set<std::string_view> names;
  for (const param_info& p : info.params) {
    EXPECT_TRUE(names.insert(p.name).second) << p.name << " twice";
    EXPECT_GE(p.doc.size(), 10u) << p.name;
    for (const char c : p.name)
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '_') << p.name;
  }
}

TEST_P(Stages, DefaultsLieInTheirRanges) {
  const any_stage stage = test::must(builtin_registry().make(GetParam()));
  EXPECT_TRUE(stage.validate());
  for (const param_info& p : stage.info().params) {
    if (const auto* i = std::get_if<std::int64_t>(&p.initial)) {
      EXPECT_GE(static_cast<double>(*i), p.low) << p.name;
      EXPECT_LE(static_cast<double>(*i), p.high) << p.name;
    } else if (const auto* d = std::get_if<double>(&p.initial)) {
      EXPECT_GE(*d, p.low) << p.name;
      EXPECT_LE(*d, p.high) << p.name;
    } else if (const auto* text = std::get_if<std::string>(&p.initial); text != nullptr && !p.choices.empty()) {
      EXPECT_NE(('|' + std::string(p.choices) + '|').find('|' + *text + '|'), std::string::npos) << p.name;
    }
  }
}

TEST_P(Stages, RefusesWhatItDoesNotKnow) {
  any_stage stage = test::must(builtin_registry().make(GetParam()));
  const auto verdict = stage.set_param("no_such_parameter", param_value(1.0));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, errc::invalid_argument);
  EXPECT_NE(verdict.error().message().find("no_such_parameter"), std::string::npos);
  const auto tensor = stage.set_learned({"no_such_array", dtype::f64, {}, {}});
  EXPECT_FALSE(tensor);
}

TEST_P(Stages, ChecksEveryRange) {
  for (const param_info& p : test::must(builtin_registry().make(GetParam())).info().params) {
    const bool whole = p.is_integer();
    if (!p.is_number()) continue;
    for (const double outside : {p.low - std::max(1.0, std::abs(p.low)), p.high + std::max(1.0, std::abs(p.high))}) {
      if (std::isinf(outside) || std::abs(outside) > 9e15) continue;
      any_stage stage = test::must(builtin_registry().make(GetParam()));
      ASSERT_TRUE(stage.set_param(p.name, whole ? param_value(static_cast<std::int64_t>(outside)) : param_value(outside))) << p.name;
      const auto verdict = stage.validate();
      ASSERT_FALSE(verdict) << p.name << " = " << outside;
      EXPECT_NE(verdict.error().message().find(p.name), std::string::npos) << verdict.error().message();
    }
  }
}

TEST_P(Stages, RefusesToRunBeforeItLearned) {
  any_stage stage = test::must(builtin_registry().make(GetParam()));
  if (!stage.learns()) GTEST_SKIP() << "learns nothing";
  workspace measure;
  const auto verdict = stage.prepare(test::example_port(), measure);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, errc::not_fitted);
}

TEST_P(Stages, CopiesShareTheModel) {
  for_each_variant([](const test::stage_variant& variant) {
    const any_stage stage = test::fitted_stage(variant);
    const any_stage copy = stage;
    const auto ours = stage.get_model();
    const auto theirs = copy.get_model();
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (ours[i].shape.empty()) continue;  // scalars are part of the object
      EXPECT_EQ(ours[i].bytes.data(), theirs[i].bytes.data())
          << ours[i].name << " was copied: a thousand streams would hold a thousand models";
    }
  });
}

TEST_P(Stages, AModelReadBackComputesTheSame) {
  for_each_variant([](const test::stage_variant& variant) {
    const any_stage stage = test::fitted_stage(variant);
    any_stage read = test::must(builtin_registry().make(variant.id));
    for (const auto& [name, value] : stage.get_params()) ASSERT_TRUE(read.set_param(name, value));
    for (const tensor_view& t : stage.get_model()) ASSERT_TRUE(read.set_learned(t)) << t.name;
    const row_table rows = test::example_rows(100, 8);
    test::prepared_stage a(stage);
    test::prepared_stage b(read);
    EXPECT_EQ(test::hash_of(a.process(rows, 100)), test::hash_of(b.process(rows, 100)));
  });
}

TEST_P(Stages, TakesExactlyTheMemoryThatItMeasured) {
  for_each_variant([](const test::stage_variant& variant) {
    test::prepared_stage p(test::fitted_stage(variant));
    EXPECT_FALSE(p.exhausted);
    EXPECT_EQ(p.used, p.needed);
  });
}

TEST_P(Stages, RowsOneByOneGiveTheSameBitsAsAllAtOnce) {
  for_each_variant([](const test::stage_variant& variant) {
    const row_table rows = test::example_rows(100, 9);
    test::prepared_stage p(test::fitted_stage(variant));
    const std::uint64_t whole = test::hash_of(p.process(rows, 100));
    for (const std::size_t piece : {1, 3, 16, 17}) {
      p.stage.reset();
      EXPECT_EQ(test::hash_of(p.process(rows, piece)), whole) << piece << " rows at a time";
    }
  });
}

TEST_P(Stages, FittingInOneGoGivesTheSameModel) {
  for_each_variant([](const test::stage_variant& variant) {
    any_stage in_one = test::make_row_stage(variant);
    test::must(in_one.fit(test::example_port(), test::example_rows(200, 7).view()));
    const any_stage in_parts = test::fitted_stage(variant);
    const auto found = in_one.get_model();
    const auto expected = in_parts.get_model();
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(std::ranges::equal(found[i].bytes, expected[i].bytes)) << found[i].name;
  });
}

TEST_P(Stages, Float32RowsScoreAsTheSameValuesInFloat64) {
  for_each_variant([](const test::stage_variant& variant) {
    test::prepared_stage p(test::fitted_stage(variant));
    if (!p.stage.scores_float32()) return;
    row_table rows = test::example_rows(100, 15);
    std::vector<float> narrow;
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      for (double& v : rows.view()[r]) v = narrow.emplace_back(static_cast<float>(v));
    }
    std::vector<double> scores(rows.rows());
    p.stage.score(narrow.data(), rows.rows(), rows.columns(), scores.data());
    const row_table expected = p.process(rows, 100);
    for (std::size_t r = 0; r < rows.rows(); ++r) EXPECT_EQ(scores[r], expected.view()[r][0]) << "row " << r;
  });
}

TEST_P(Stages, AFrozenStageScoresARowAlikeWhateverCameBefore) {
  for_each_variant([](const test::stage_variant& variant) {
    any_stage stage = test::fitted_stage(variant);
    if (!stage.is_adaptive()) return;
    stage.freeze();
    test::prepared_stage p(std::move(stage));
    const row_table rows = test::example_rows(100, 16);
    const std::uint64_t first = test::hash_of(p.process(rows, 100));
    EXPECT_EQ(test::hash_of(p.process(rows, 100)), first);
  });
}

TEST_P(Stages, ResetAndASecondPrepareReturnToTheStart) {
  for_each_variant([](const test::stage_variant& variant) {
    const row_table rows = test::example_rows(100, 10);
    test::prepared_stage p(test::fitted_stage(variant));
    const std::uint64_t first = test::hash_of(p.process(rows, 100));
    p.stage.reset();
    EXPECT_EQ(test::hash_of(p.process(rows, 100)), first) << "after reset";
    const std::size_t needed = p.needed;
    p.prepare();
    EXPECT_EQ(p.needed, needed) << "memory of a second prepare";
    EXPECT_EQ(test::hash_of(p.process(rows, 100)), first) << "after a second prepare";
  });
}

TEST_P(Stages, StateGoesOnWhereItWasWritten) {
  for_each_variant([](const test::stage_variant& variant) {
    const row_table rows = test::example_rows(100, 11);
    row_table head(6);
    row_table tail(6);
    head.append(rows.slice(0, 37));
    tail.append(rows.slice(37, 63));
    test::prepared_stage p(test::fitted_stage(variant));
    static_cast<void>(p.process(head, 37));
    state_writer count;
    p.stage.persist(count);
    std::vector<std::byte> bytes(count.bytes());
    state_writer writer(bytes);
    p.stage.persist(writer);
    ASSERT_TRUE(writer.ok());
    const std::uint64_t expected = test::hash_of(p.process(tail, 63));

    test::prepared_stage other(test::fitted_stage(variant));
    state_reader reader(bytes);
    other.stage.persist(reader);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.bytes_left(), 0u);
    EXPECT_EQ(test::hash_of(other.process(tail, 63)), expected);
  });
}

TEST_P(Stages, AValueThatIsMissingGivesNoScoreOrAFlaggedOne) {
  for_each_variant([](const test::stage_variant& variant) {
    if (test::has_lags(variant)) return;
    test::prepared_stage p(test::fitted_stage(variant));
    if (p.out.columns.size() != 1) return;  // not a stage that condenses a row
    row_table rows = test::example_rows(5, 12);
    rows.view()[1][2] = std::nan("");
    rows.view()[3][4] = HUGE_VAL;
    const row_table out = p.process(rows, 5);
    EXPECT_TRUE(std::isfinite(out.view()[0][0]));
    EXPECT_TRUE(std::isnan(out.view()[1][0]) || has(out.view().meta[1].quality, quality::undefined_feature));
    EXPECT_TRUE(std::isfinite(out.view()[2][0])) << "one bad row must not spoil the next";
    if (p.stage.explains()) {
      EXPECT_TRUE(std::isnan(out.view()[3][0])) << "a detector takes an infinite value for no value";
    }
    EXPECT_TRUE(std::isfinite(out.view()[4][0]));
  });
}

TEST_P(Stages, ContributionsAreFiniteAndNotNegative) {
  for_each_variant([](const test::stage_variant& variant) {
    test::prepared_stage p(test::fitted_stage(variant));
    if (!p.stage.explains()) return;
    const row_table rows = test::example_rows(20, 13);
    std::vector<double> contributions(6);
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      p.stage.explain(rows.view()[r], contributions);
      for (const double c : contributions) {
        EXPECT_TRUE(std::isfinite(c));
        EXPECT_GE(c, 0.0);
      }
    }
  });
}

TEST_P(Stages, EveryParameterIsVaried) {
  const auto list = test::row_variants_of(GetParam());
  for (const param_info& p : test::make_row_stage(list[0]).info().params) {
    if (p.name == "categorical") continue;  // the example rows hold no categories; see extended_isolation_forest_test.cpp
    std::vector<param_value> others;
    for (const auto& variant : list) {
      for (const auto& [name, value] : test::make_row_stage(variant).get_params()) {
        if (name != p.name || value == p.initial) continue;
        if (std::find(others.begin(), others.end(), value) == others.end()) others.push_back(value);
      }
    }
    for (const std::string_view word : test::split(p.is_number() ? p.choices : std::string_view(), '|')) {
      const param_value value = std::string(word);
      if (value == p.initial) continue;
      EXPECT_NE(std::find(others.begin(), others.end(), value), others.end()) << p.name << ": no row has the word " << word;
    }
    const std::size_t wanted = p.is_number() && p.high > p.low + 1.0 ? 2 : 1;
    EXPECT_GE(others.size(), wanted) << p.name << ": add rows to tests/support/row_stage_variants.hpp";
  }
}

TEST(Registry, RefusesUnknownStagesAndNamesKnownOnes) {
  const auto made = builtin_registry().make("isolation_forrest");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("isolation_forest"), std::string::npos) << made.error().message();
}

}  // namespace
}  // namespace millwright
