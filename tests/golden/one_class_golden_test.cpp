// The one-class SVM against scikit-learn's, which is LIBSVM (generate_one_class.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/detect/kernel/one_class_svm.hpp"
#include "support/paths.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using arrays = std::map<std::string, std::vector<double>>;

arrays read_reference() {
  arrays found;
  std::ifstream file(test::source_file("tests/golden/one_class_reference.txt"));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (std::string value; words >> value;) found[name].push_back(std::strtod(value.c_str(), nullptr));
  }
  return found;
}

row_table table_of(const std::vector<double>& values, std::size_t columns) {
  row_table rows(columns);
  for (std::size_t r = 0; r < values.size() / columns; ++r) rows.append(std::span(values).subspan(r * columns, columns), {});
  return rows;
}

TEST(one_class_golden, decision_values_rho_and_objective_equal_scikit_learns) {
  constexpr std::size_t columns = 4;
  arrays reference = read_reference();
  int cases = 0;
  for (const auto& [name, settings] : reference) {
    const auto at = name.find(".settings.");
    if (at == std::string::npos) continue;
    SCOPED_TRACE(name);
    ++cases;
    const std::string prefix = name.substr(0, at + 1);
    const std::string rest = name.substr(at + 10);
    one_class_svm s;
    s.kernel = rest.substr(0, rest.find('.'));
    if (s.kernel == "poly") s.kernel = "polynomial";
    const std::string gamma = rest.substr(rest.find('.') + 1);
    test::must(set_param(s, "gamma", param_from_text(*find_param(param_infos<one_class_svm>(), "gamma"), gamma)));
    s.degree = static_cast<std::int64_t>(settings[0]);
    s.coef0 = settings[1];
    s.nu = settings[2];
    s.tolerance = settings[3];
    const row_table train = table_of(reference[prefix + "train"], columns);
    const row_table test = table_of(reference[prefix + "test"], columns);
    const one_class_svm fitted = test::fitted(s, test::columns(columns), train.view());
    const double rho = reference[prefix + "rho"][0];
    // LIBSVM's tolerance is the error that both may have; at 1e-6 both are exact to that share of rho.
    const double limit = (s.tolerance <= 1e-6 ? 1e-6 : 1e-3) * std::fabs(rho);
    EXPECT_NEAR(fitted.rho_, rho, limit);
    EXPECT_NEAR(fitted.objective_, reference[prefix + "objective"][0], 1e-4 * reference[prefix + "objective"][0]);
    EXPECT_NEAR(static_cast<double>(fitted.vector_count_), reference[prefix + "vectors"][0], 2.0);
    const row_table scores = test::run(fitted, test::columns(columns), test.view());
    const auto& decision = reference[prefix + "decision"];
    for (std::size_t r = 0; r < decision.size(); ++r) EXPECT_NEAR(scores.view()[r][0], -decision[r], limit) << "row " << r;
  }
  EXPECT_EQ(cases, 7) << "tests/golden/one_class_reference.txt";
}

}  // namespace
}  // namespace millwright
