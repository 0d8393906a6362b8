// The formulas of detectors and calibration against SciPy, scikit-learn and mpmath (generate_detectors.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "detect/covariance/shrunk_covariance.hpp"
#include "millwright/calibrate/cauchy_fusion.hpp"
#include "millwright/detect/covariance/mahalanobis.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/statistics/generalized_pareto.hpp"
#include "millwright/threshold/alert_budget.hpp"
#include "statistics/robust_scale.hpp"
#include "support/paths.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

class detectors_golden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(test::source_file("tests/golden/detectors_reference.txt"));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (std::string value; words >> value;) arrays[name].push_back(std::strtod(value.c_str(), nullptr));
    }
  }
  void SetUp() override { ASSERT_FALSE(arrays.empty()) << "tests/golden/detectors_reference.txt is missing"; }
  static const std::vector<double>& get(const std::string& name) {
    EXPECT_TRUE(arrays.count(name)) << name;
    return arrays[name];
  }
  static bool has_array(const std::string& name) { return arrays.count(name) > 0; }

 private:
  static inline std::map<std::string, std::vector<double>> arrays;
};

void expect_close(double computed, double expected, double relative, const std::string& what) {
  EXPECT_NEAR(computed, expected, relative * std::fabs(expected) + 1e-300) << what;
}

TEST_F(detectors_golden, shrunk_covariances_and_distances_equal_scikit_learn) {
  for (int k = 0; has_array("covariance." + std::to_string(k) + ".data"); ++k) {
    const std::string prefix = "covariance." + std::to_string(k) + ".";
    const auto& data = get(prefix + "data");
    const auto rows = static_cast<std::size_t>(get(prefix + "shape")[0]);
    const auto columns = static_cast<std::size_t>(get(prefix + "shape")[1]);
    row_table table(columns);
    std::vector<double> centered(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) table.append(std::span(data).subspan(r * columns, columns), {});
    for (std::size_t c = 0; c < columns; ++c) {
      double mean = 0.0;
      for (std::size_t r = 0; r < rows; ++r) mean += data[r * columns + c] / static_cast<double>(rows);
      for (std::size_t r = 0; r < rows; ++r) centered[c * rows + r] = data[r * columns + c] - mean;
    }
    for (const char* name : {"oas", "ledoit_wolf"}) {
      const std::string what = prefix + name;
      const auto rule = std::string(name) == "oas" ? detail::shrinkage_rule::oas : detail::shrinkage_rule::ledoit_wolf;
      const auto computed = detail::shrink_covariance(centered, columns, rule, 0.0);
      EXPECT_NEAR(computed.shrinkage, get(what + ".shrinkage")[0], 1e-10) << what;
      const auto& expected = get(what + ".covariance");
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(computed.values[i], expected[i], 1e-10 * std::fabs(expected[i]) + 1e-14) << what;

      mahalanobis m;
      m.estimator = name;
      m.location = "mean";
      m.winsor.reset();
      const row_table scores = test::run(test::fitted(m, test::columns(columns), table.view()), test::columns(columns), table.view());
      for (std::size_t r = 0; r < rows; ++r) expect_close(scores.view()[r][0], get(what + ".distance")[r], 1e-10, what);
    }
  }
}

TEST_F(detectors_golden, robust_spread_equals_scipy) {
  for (int k = 0; has_array("spread." + std::to_string(k) + ".data"); ++k) {
    std::vector<double> data = get("spread." + std::to_string(k) + ".data");
    const auto& expected = get("spread." + std::to_string(k) + ".expected");
    const auto computed = detail::robust_spread_of(data);
    expect_close(computed.location, expected[0], 1e-15, "median");
    expect_close(computed.scale, expected[1], 1e-13, "MAD");
  }
}

TEST_F(detectors_golden, pareto_fits_are_as_likely_as_scipys) {
  generalized_pareto::fit_options wide;
  wide.lowest_shape = -0.9;
  wide.highest_shape = 2.0;
  wide.prior_below = 0;
  for (int k = 0; has_array("pareto." + std::to_string(k) + ".data"); ++k) {
    const std::string prefix = "pareto." + std::to_string(k) + ".";
    const auto& data = get(prefix + "data");
    const auto fit = test::must(generalized_pareto::fit(data, wide));
    EXPECT_GE(fit.log_likelihood(data), get(prefix + "log_likelihood")[0] - 1e-6) << k;
    EXPECT_NEAR(fit.shape, get(prefix + "parameters")[0], 1e-3) << k;
    expect_close(fit.scale, get(prefix + "parameters")[1], 1e-3, prefix);
  }
}

TEST_F(detectors_golden, pareto_survival_equals_scipy) {
  const auto& points = get("pareto.survival.points");
  const auto& expected = get("pareto.survival.expected");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double computed = generalized_pareto{points[3 * i], points[3 * i + 1]}.log_survival(points[3 * i + 2]);
    if (std::isinf(expected[i])) {
      EXPECT_EQ(computed, expected[i]) << i;
    } else {
      expect_close(computed, expected[i], 1e-12, std::to_string(i));
    }
  }
}

TEST_F(detectors_golden, fusion_equals_high_precision) {
  const auto& severities = get("fusion.severities");
  const auto& expected = get("fusion.expected");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expect_close(cauchy_fusion::combine(std::span(severities).subspan(2 * i, 2)), expected[i], 1e-12, std::to_string(i));
  }
}

TEST_F(detectors_golden, rate_limits_equal_scipy) {
  const auto& points = get("rate.points");
  const auto& expected = get("rate.expected");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expect_close(alert_budget::rate_upper_limit(static_cast<std::uint64_t>(points[3 * i]), points[3 * i + 1], points[3 * i + 2]),
                 expected[i], 1e-10, std::to_string(i));
  }
}

TEST_F(detectors_golden, extremal_index_follows_ferro_and_segers) {
  for (int k = 0; k < 2; ++k) {
    std::vector<std::uint64_t> positions;
    for (double p : get("extremal." + std::to_string(k) + ".positions")) positions.push_back(static_cast<std::uint64_t>(p));
    expect_close(alert_budget::extremal_index_of(positions), get("extremal." + std::to_string(k) + ".expected")[0], 1e-12,
                 std::to_string(k));
  }
}

TEST_F(detectors_golden, average_paths_are_exact) {
  const auto& points = get("path.points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    expect_close(isolation_forest::average_path(static_cast<std::int64_t>(points[i])), get("path.expected")[i], 1e-14, std::to_string(i));
  }
}

}  // namespace
}  // namespace millwright
