#include "millwright/detect/forest/quantized_forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "detect/forest/forest_packing.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

constexpr const char* precisions[] = {"rank", "float32", "fixed16"};

/// Values that float32 holds exactly.
row_table float_rows(std::size_t rows, std::size_t width, std::uint64_t seed) {
  row_table table = test::normal_rows(rows, width, seed);
  for (std::size_t i = 0; i < rows * width; ++i) table.view().values[i] = static_cast<float>(table.view().values[i]);
  return table;
}

quantized_forest settings(const std::string& precision) {
  quantized_forest q;
  q.trees = 37;
  q.samples = 64;
  q.precision = precision;
  return q;
}

isolation_forest same_forest(const quantized_forest& q) {
  isolation_forest f;
  f.trees = q.trees;
  f.samples = q.samples;
  f.seed = q.seed;
  f.out_of_box_weight = q.out_of_box_weight;
  return f;
}

/// Rows at random and rows that hold thresholds of the forest themselves, and the float32 values on either side.
row_table probes(const isolation_forest& forest, std::size_t width, bool as_float) {
  row_table rows = as_float ? float_rows(400, width, 99) : test::normal_rows(400, width, 99);
  random_stream random(5, 0);
  for (std::size_t i = 0; i < 400 * width; ++i) {
    double& v = rows.view().values[i];
    if (random.below(2) == 0) v = forest.threshold_[random.below(forest.threshold_.size())];
    if (as_float) {
      auto f = static_cast<float>(v);
      if (random.below(3) == 0) f = std::nextafterf(f, random.below(2) == 0 ? -1e9F : 1e9F);
      v = f;
    } else if (random.below(3) == 0) {
      v = std::nextafter(v, random.below(2) == 0 ? -1e9 : 1e9);
    }
  }
  return rows;
}

double worst_difference(const row_table& a, const row_table& b) {
  double worst = 0.0;
  for (std::size_t r = 0; r < a.rows(); ++r) worst = std::max(worst, std::abs(a.view()[r][0] - b.view()[r][0]));
  return worst;
}

TEST(quantized_forest, ranks_change_no_bit_of_any_score) {
  const port in = test::columns(5);
  const row_table rows = test::normal_rows(500, 5, 1);
  const auto packed = fitted(settings("rank"), in, rows.view());
  const auto forest = fitted(same_forest(packed), in, rows.view());
  const row_table probe = probes(forest, 5, false);
  EXPECT_TRUE(test::same_bits(run(packed, in, probe.view()), run(forest, in, probe.view())));
  EXPECT_EQ(packed.worst_difference_, 0.0);
  EXPECT_EQ(packed.flip_rate_, 0.0);
  EXPECT_EQ(packed.trees_kept_, 37);
}

TEST(quantized_forest, float32_changes_no_bit_of_the_scores_of_float32_rows) {
  const port in = test::columns(5);
  const row_table rows = float_rows(500, 5, 2);
  const auto packed = fitted(settings("float32"), in, rows.view());
  const auto forest = fitted(same_forest(packed), in, rows.view());
  EXPECT_FALSE(test::same_bits(run(packed, in, probes(forest, 5, false).view()), run(forest, in, probes(forest, 5, false).view())))
      << "the test could not fail";
  const row_table probe = probes(forest, 5, true);
  EXPECT_TRUE(test::same_bits(run(packed, in, probe.view()), run(forest, in, probe.view())));
  EXPECT_EQ(packed.worst_difference_, 0.0);
}

TEST(quantized_forest, fixed16_is_within_the_loss_that_it_states) {
  const port in = test::columns(4);
  const row_table rows = test::normal_rows(4000, 4, 3);
  quantized_forest s = settings("fixed16");
  s.trees = 100;
  s.samples = 256;
  const auto packed = fitted(s, in, rows.view());
  const auto forest = fitted(same_forest(packed), in, rows.view());
  EXPECT_GT(packed.worst_difference_, 0.0);
  EXPECT_EQ(packed.worst_difference_, worst_difference(run(packed, in, rows.view()), run(forest, in, rows.view())));
  EXPECT_LE(packed.worst_difference_, 0.01);
  EXPECT_LE(packed.flip_rate_, 0.001);
  std::size_t beyond = 0;
  const row_table scores = run(packed, in, rows.view());
  for (std::size_t r = 0; r < rows.rows(); ++r) beyond += scores.view()[r][0] > packed.score_threshold_ ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(beyond), 40.0, 1.0) << "the threshold is the packed forest's own";
}

TEST(quantized_forest, hundred_trees_are_as_small_as_promised) {
  const row_table rows = float_rows(5000, 32, 4);
  std::map<std::string, std::int64_t> bytes;
  for (const char* precision : precisions) {
    quantized_forest s;
    s.precision = precision;
    const auto packed = fitted(s, test::columns(32), rows.view());
    std::size_t sum = 0;
    for (const auto& tensor : get_model(packed)) sum += tensor.bytes.size();
    EXPECT_LE(static_cast<std::size_t>(packed.bytes_), sum);
    EXPECT_LE(sum, static_cast<std::size_t>(packed.bytes_) + 7 * 8) << "the scalars are the rest";
    bytes[precision] = static_cast<std::int64_t>(sum);
    EXPECT_LE(packed.worst_difference_, 0.01) << precision;
    EXPECT_LE(packed.flip_rate_, 0.001) << precision;
  }
  EXPECT_LE(bytes["float32"], 48 * 1024);
  EXPECT_LE(bytes["fixed16"], 28 * 1024);
}

TEST(quantized_forest, drops_trees_within_the_tolerance) {
  const port in = test::columns(3);
  const row_table rows = test::normal_rows(1000, 3, 5);
  quantized_forest s = settings("float32");
  s.trees = 200;
  const auto whole = fitted(s, in, rows.view());
  EXPECT_GT(whole.standard_error_, 0.001);
  std::int64_t kept = 200;
  for (const double tolerance : {0.01, 0.03, 0.1}) {
    s.pruning_tolerance = tolerance;
    const auto pruned = fitted(s, in, rows.view());
    EXPECT_LT(pruned.trees_kept_, kept);
    kept = pruned.trees_kept_;
    EXPECT_LE(pruned.worst_difference_, tolerance);
    EXPECT_GT(pruned.worst_difference_, 0.0);
    EXPECT_EQ(pruned.worst_difference_,
              worst_difference(run(pruned, in, rows.view()), run(fitted(same_forest(pruned), in, rows.view()), in, rows.view())));
    EXPECT_NEAR(pruned.standard_error_ / whole.standard_error_, std::sqrt(200.0 / static_cast<double>(kept)), 0.35);
  }
}

TEST(quantized_forest, is_made_from_a_fitted_forest) {
  const port in = test::columns(3);
  const row_table rows = test::normal_rows(300, 3, 6);
  const auto packed = fitted(settings("rank"), in, rows.view());
  const auto forest = fitted(same_forest(packed), in, rows.view());
  quantized_forest s;
  s.precision = "rank";
  const auto made = test::must(quantized_forest::from_forest(forest, rows.view(), s));
  EXPECT_TRUE(test::same_model(made, packed));
  EXPECT_EQ(made.trees, 37);
  EXPECT_EQ(made.samples, 64);
  EXPECT_EQ(quantized_forest::from_forest(isolation_forest(), rows.view(), s).error().code, errc::not_fitted);
  EXPECT_EQ(quantized_forest::from_forest(forest, test::normal_rows(300, 2, 6).view(), s).error().code, errc::incompatible);
  EXPECT_FALSE(quantized_forest::from_forest(forest, rows.slice(0, 7), s));
  row_table spoiled = test::normal_rows(20, 3, 7);
  for (std::size_t i = 0; i < 39; ++i) spoiled.view().values[i] = math::nan;
  EXPECT_FALSE(quantized_forest::from_forest(forest, spoiled.view(), s));
}

TEST(quantized_forest, model_does_not_depend_on_parts_and_threads) {
  const port in = test::columns(4);
  const row_table rows = test::normal_rows(400, 4, 8);
  const auto one = fitted(settings("fixed16"), in, rows.view());
  quantized_forest threads = settings("fixed16");
  threads.threads = 3;
  EXPECT_TRUE(test::same_model(one, fitted(threads, in, rows.view())));
  quantized_forest a = settings("fixed16");
  quantized_forest b = settings("fixed16");
  test::must(a.observe(in, rows.slice(0, 123)));
  test::must(b.observe(in, rows.slice(123, 277)));
  test::must(a.merge(std::move(b)));
  test::must(a.finish());
  EXPECT_TRUE(test::same_model(one, a));
}

TEST(quantized_forest, explains_as_the_forest_does) {
  const port in = test::columns(6);
  const row_table rows = test::normal_rows(300, 6, 9);
  test::ready<quantized_forest> packed(fitted(settings("rank"), in, rows.view()), in);
  test::ready<isolation_forest> forest(fitted(same_forest(packed.stage), in, rows.view()), in);
  std::vector<double> a(6);
  std::vector<double> b(6);
  for (std::size_t r = 0; r < 50; ++r) {
    packed.stage.explain(rows.view()[r], a);
    forest.stage.explain(rows.view()[r], b);
    EXPECT_EQ(a, b);
  }
}

TEST(quantized_forest, copies_share_what_was_unpacked_and_changed_copies_do_not) {
  const port in = test::columns(3);
  const row_table rows = test::normal_rows(200, 3, 10);
  const auto fit = fitted(settings("rank"), in, rows.view());
  const quantized_forest copy = fit;
  const row_table wanted = run(fit, in, rows.view());
  EXPECT_TRUE(test::same_bits(run(copy, in, rows.view()), wanted));
  auto paths = std::vector<double>(fit.path_.values().begin(), fit.path_.values().end());
  for (double& p : paths) p += 1.0;
  const auto longer = test::with_learned<quantized_forest, double>(copy, "path", paths, {paths.size()});
  EXPECT_FALSE(test::same_bits(run(longer, in, rows.view()), wanted));
  EXPECT_TRUE(test::same_bits(run(copy, in, rows.view()), wanted));
}

TEST(quantized_forest, copes_with_constant_columns_ties_and_extreme_values) {
  const port in = test::columns(4);
  row_table rows(4);
  random_stream random(9, 0);
  for (int r = 0; r < 200; ++r) {
    const double tiny = static_cast<double>(random.below(5)) * 1e-310;
    rows.append(std::vector<double>{7.0, static_cast<double>(random.below(2)), random.normal() * 1e306, tiny}, {});
  }
  for (const char* precision : {"rank", "fixed16"}) {
    const auto packed = fitted(settings(precision), in, rows.view());
    const row_table scores = run(packed, in, rows.view());
    for (std::size_t r = 0; r < rows.rows(); ++r) EXPECT_TRUE(std::isfinite(scores.view()[r][0]));
  }
  quantized_forest narrow = settings("float32");
  test::must(narrow.observe(in, rows.view()));
  const auto beyond = narrow.finish();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, errc::invalid_data);
  EXPECT_EQ(detail::tables_for(detail::threshold_form::fixed16, {{-1.5e308, 1.5e308}}).error().code, errc::invalid_data);
  row_table probe(4);
  probe.append(std::vector<double>{7.0, math::nan, 0.0, 0.0}, {});
  EXPECT_TRUE(std::isnan(run(fitted(settings("rank"), in, rows.view()), in, probe.view()).view()[0][0]));
}

TEST(quantized_forest, a_code_stands_for_the_smallest_value_that_reaches_it) {
  using detail::threshold_codec;
  for (const double first : {0.0, -3.25, 1e6, 1e-300, -1e300}) {
    for (const double per_unit : {1.0, 65534.0 / 3.7, 1e-9, 1e9, 1e290}) {
      const std::vector<double> table{first, per_unit};
      const auto codec = test::must(threshold_codec::of(detail::threshold_form::fixed16, 1, table, {}));
      for (const std::uint32_t code : {0U, 1U, 2U, 777U, 65533U, 65534U}) {
        const double at = codec.value(0, code);
        if (!std::isfinite(at)) continue;  // nothing reaches it
        EXPECT_GE((at - first) * per_unit, code);
        EXPECT_LT((std::nextafter(at, -math::infinity) - first) * per_unit, code) << first << " " << per_unit << " " << code;
      }
    }
  }
}

TEST(quantized_forest, refuses_hostile_models_or_reads_them_within_bounds) {
  const port in = test::columns(3);
  const row_table rows = test::normal_rows(100, 3, 1);
  const row_table probe = test::normal_rows(20, 3, 2);
  EXPECT_EQ(test::refusal(quantized_forest(), in), errc::not_fitted);
  random_stream random(11, 0);
  for (const char* precision : precisions) {
    const auto good = fitted(settings(precision), in, rows.view());
    EXPECT_EQ(test::refusal(good, test::columns(2)), errc::incompatible);
    const std::vector<std::uint8_t> bytes(good.packed_.values().begin(), good.packed_.values().end());
    const auto with_bytes = [&](std::vector<std::uint8_t> b) {
      const std::size_t n = b.size();
      return test::with_learned<quantized_forest, std::uint8_t>(good, "packed", std::move(b), {n});
    };
    EXPECT_EQ(test::refusal(with_bytes({}), in), errc::corrupt_file);
    EXPECT_EQ(test::refusal(with_bytes(std::vector<std::uint8_t>(1000, 0xff)), in), errc::corrupt_file);
    EXPECT_EQ(test::refusal(with_bytes({bytes.begin(), bytes.end() - 1}), in), errc::corrupt_file);
    std::vector<std::uint8_t> longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(test::refusal(with_bytes(longer), in), errc::corrupt_file);
    quantized_forest more = good;
    ++more.trees_kept_;
    EXPECT_EQ(test::refusal(more, in), errc::corrupt_file);
    more.trees_kept_ = -1;
    EXPECT_EQ(test::refusal(more, in), errc::corrupt_file);
    EXPECT_EQ(test::refusal(test::with_learned<quantized_forest, double>(good, "path", {}, {0}), in), errc::corrupt_file);
    EXPECT_EQ(test::refusal(test::with_learned<quantized_forest, double>(good, "path", {1.0, math::nan}, {2}), in), errc::corrupt_file);
    int accepted = 0;
    for (int i = 0; i < 700; ++i) {
      auto changed = bytes;
      changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
      quantized_forest q = with_bytes(std::move(changed));
      if (i % 4 == 0 && q.threshold_table_.size() > 0) {
        std::vector<double> table(q.threshold_table_.values().begin(), q.threshold_table_.values().end());
        table[random.below(table.size())] = i % 8 == 0 ? random.normal() * 1e308 * 1e10 : random.normal();
        q = test::with_learned<quantized_forest, double>(q, "threshold_table", table, q.threshold_table_.shape());
      }
      if (i % 5 == 0 && q.table_start_.size() > 0) {
        std::vector<std::int32_t> start(q.table_start_.values().begin(), q.table_start_.values().end());
        start[random.below(start.size())] = static_cast<std::int32_t>(random.below(1U << 31)) - (1 << 30);
        q = test::with_learned<quantized_forest, std::int32_t>(q, "table_start", start, q.table_start_.shape());
      }
      workspace measure;
      if (!q.prepare(in, measure)) continue;
      ++accepted;
      static_cast<void>(run(q, in, probe.view()));
    }
    EXPECT_GT(accepted, 0) << precision;
  }
}

}  // namespace
}  // namespace millwright
