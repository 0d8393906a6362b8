// Quantiles, principal components and the robust covariance against SciPy and scikit-learn (generate_pca.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "detect/covariance/deterministic_mcd.hpp"
#include "millwright/detect/covariance/mahalanobis.hpp"
#include "millwright/detect/covariance/pca_monitor.hpp"
#include "statistics/quantile.hpp"
#include "support/paths.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

class pca_golden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(test::source_file("tests/golden/pca_reference.txt"));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (std::string value; words >> value;) arrays[name].push_back(std::strtod(value.c_str(), nullptr));
    }
  }
  void SetUp() override { ASSERT_FALSE(arrays.empty()) << "tests/golden/pca_reference.txt is missing"; }
  static const std::vector<double>& get(const std::string& name) {
    EXPECT_TRUE(arrays.count(name)) << name;
    return arrays[name];
  }
  static bool has_array(const std::string& name) { return arrays.count(name) > 0; }
  static row_table table_of(const std::string& prefix) {
    const auto& data = get(prefix + "data");
    const auto width = static_cast<std::size_t>(get(prefix + "shape")[1]);
    row_table table(width);
    for (std::size_t at = 0; at < data.size(); at += width) table.append(std::span(data).subspan(at, width), {});
    return table;
  }

 private:
  static inline std::map<std::string, std::vector<double>> arrays;
};

void expect_close(double computed, double expected, double relative, const std::string& what) {
  EXPECT_NEAR(computed, expected, relative * std::fabs(expected) + 1e-300) << what;
}

TEST_F(pca_golden, quantiles_equal_scipy) {
  for (std::size_t i = 0; i < get("normal.points").size(); ++i)
    EXPECT_NEAR(math::normal_quantile(get("normal.points")[i]), get("normal.expected")[i], 1e-13) << i;
  const auto& f = get("f.points");
  for (std::size_t i = 0; i < get("f.expected").size(); ++i) {
    expect_close(math::f_quantile(f[3 * i], f[3 * i + 1], f[3 * i + 2]), get("f.expected")[i], 1e-8,
                 std::to_string(f[3 * i]) + " " + std::to_string(f[3 * i + 1]) + " " + std::to_string(f[3 * i + 2]));
  }
  const auto& chi = get("chi_square.points");
  for (std::size_t i = 0; i < get("chi_square.expected").size(); ++i)
    expect_close(math::chi_square_probability(chi[2 * i], chi[2 * i + 1]), get("chi_square.expected")[i], 1e-10, std::to_string(i));
}

TEST_F(pca_golden, components_statistics_and_limits_equal_scikit_learn) {
  for (int k = 0; has_array("pca." + std::to_string(k) + ".data"); ++k) {
    const std::string prefix = "pca." + std::to_string(k) + ".";
    const row_table rows = table_of(prefix);
    const port in = test::columns(rows.columns());
    const auto monitor_of = [&](const std::string& statistic, const std::string& rule) {
      pca_monitor m;
      m.statistic = statistic;
      m.selection = "count";
      m.components = static_cast<std::int64_t>(get(prefix + "shape")[2]);
      m.spe_limit_rule = rule;
      return test::fitted(m, in, rows.view());
    };
    const pca_monitor t2 = monitor_of("t2", "jackson_mudholkar");
    for (std::size_t i = 0; i < get(prefix + "eigenvalues").size(); ++i)
      EXPECT_NEAR(t2.eigenvalues_[i], get(prefix + "eigenvalues")[i], 1e-10 * t2.eigenvalues_[i] + 1e-14) << prefix << i;
    const std::size_t width = rows.columns();
    for (std::size_t j = 0; j < t2.components_.size() / width; ++j) {
      double along = 0.0;
      for (std::size_t c = 0; c < width; ++c) along += t2.components_[j * width + c] * get(prefix + "components")[j * width + c];
      for (std::size_t c = 0; c < width; ++c)
        EXPECT_NEAR(t2.components_[j * width + c], (along < 0.0 ? -1.0 : 1.0) * get(prefix + "components")[j * width + c], 1e-10);
    }
    const row_table scores = test::run(t2, in, rows.view());
    const row_table errors = test::run(monitor_of("spe", "box"), in, rows.view());
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      expect_close(scores.view()[r][0], get(prefix + "t2")[r], 1e-10, prefix + "t2");
      expect_close(errors.view()[r][0], get(prefix + "spe")[r], 1e-10, prefix + "spe");
    }
    expect_close(t2.t2_limit_, get(prefix + "limits")[0], 1e-8, prefix + "t2_limit");
    expect_close(t2.spe_limit_, get(prefix + "limits")[1], 1e-8, prefix + "jackson_mudholkar");
    expect_close(monitor_of("spe", "box").spe_limit_, get(prefix + "limits")[2], 1e-8, prefix + "box");
  }
}

TEST_F(pca_golden, minimum_determinants_are_at_most_those_of_scikit_learns_best_runs) {
  int same = 0;
  int cases = 0;
  for (; has_array("mcd." + std::to_string(cases) + ".data"); ++cases) {
    const std::string prefix = "mcd." + std::to_string(cases) + ".";
    const row_table rows = table_of(prefix);
    const std::size_t d = rows.columns();
    const std::size_t n = rows.rows();
    std::vector<double> by_column(n * d);
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t c = 0; c < d; ++c) by_column[c * n + r] = rows.view()[r][c];
    }
    const auto found = test::must(detail::deterministic_mcd("test", by_column, d, 0.75));
    EXPECT_EQ(found.raw_support.size(), static_cast<std::size_t>(get(prefix + "shape")[2]));

    // Determinant by Gaussian elimination; the matrix is positive definite.
    std::vector<double> m = found.raw_covariance;
    double log_determinant = 0.0;
    for (std::size_t i = 0; i < d; ++i) {
      log_determinant += std::log(m[i * d + i]);
      for (std::size_t r = i + 1; r < d; ++r) {
        for (std::size_t c = d; c-- > i;) m[r * d + c] -= m[r * d + i] / m[i * d + i] * m[i * d + c];
      }
    }
    const double theirs = get(prefix + "raw_log_determinant")[0];
    // The reference is the best of ten runs, each from its own random starts.
    EXPECT_LE(log_determinant, theirs + 1e-9) << prefix;
    if (std::fabs(log_determinant - theirs) > 1e-9) continue;
    ++same;
    for (std::size_t i = 0; i < d; ++i) {
      EXPECT_NEAR(found.raw_location[i], get(prefix + "raw_location")[i], 1e-6) << prefix;
      EXPECT_NEAR(found.location[i], get(prefix + "location")[i], 1e-6) << prefix;
    }
    for (std::size_t i = 0; i < d * d; ++i)
      EXPECT_NEAR(found.covariance[i], get(prefix + "covariance")[i], 1e-8 * std::fabs(get(prefix + "covariance")[i]) + 1e-10) << prefix;
  }
  EXPECT_EQ(cases, 12);
  EXPECT_GE(same, 9);
}

}  // namespace
}  // namespace millwright
