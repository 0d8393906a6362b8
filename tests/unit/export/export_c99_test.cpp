// The C header of a packed forest, compiled by a C compiler and compared with the stage.
#include "millwright/export/c99.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

namespace fs = std::filesystem;

constexpr const char* strict = " -std=c99 -Wall -Wextra -Werror -pedantic -O2 -ffp-contract=off ";

class scratch_folder {
 public:
  scratch_folder() : path_(fs::temp_directory_path() / ("millwright_c99_" + std::to_string(getpid()))) { fs::create_directories(path_); }
  ~scratch_folder() { fs::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string text() const { return path_.string(); }

 private:
  fs::path path_;
};

bool runs(const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()) == 0; }
bool run_loudly(const std::string& command) { return std::system(command.c_str()) == 0; }

constexpr const char* driver = R"(#include "forest.h"
#include <stdio.h>
int main(void) {
  double row[FOREST_COLUMNS];
  INPUT x[FOREST_COLUMNS];
  while (fread(row, sizeof row, 1, stdin) == 1) {
    unsigned c;
    double score;
    for (c = 0; c < FOREST_COLUMNS; ++c) x[c] = (INPUT)row[c];
    score = forest_score(x);
    if (fwrite(&score, sizeof score, 1, stdout) != 1) return 1;
  }
  return 0;
}
)";

std::vector<double> scores_of_program(const scratch_folder& at, const std::string& runner, const row_table& rows) {
  std::ofstream(at / "rows", std::ios::binary)
      .write(reinterpret_cast<const char*>(rows.view().values),
             static_cast<std::streamsize>(rows.rows() * rows.columns() * sizeof(double)));
  EXPECT_TRUE(run_loudly(runner + (at / "program") + " < " + (at / "rows") + " > " + (at / "scores")));
  std::vector<double> scores(rows.rows());
  std::ifstream(at / "scores", std::ios::binary)
      .read(reinterpret_cast<char*>(scores.data()), static_cast<std::streamsize>(scores.size() * sizeof(double)));
  return scores;
}

quantized_forest fitted_forest(const std::string& precision, const row_table& rows, double weight = 1.0) {
  quantized_forest q;
  q.trees = 25;
  q.precision = precision;
  q.out_of_box_weight = weight;
  return test::fitted(q, test::columns(rows.columns()), rows.view());
}

/// Rows in and outside of the training box, values equal to thresholds, and some that are not finite. float32 values all.
row_table probes(const quantized_forest& q, std::size_t width) {
  const isolation_forest forest = test::must(q.unpack());
  row_table rows = test::normal_rows(300, width, 77);
  random_stream random(3, 0);
  for (std::size_t i = 0; i < 300 * width; ++i) {
    double& v = rows.view().values[i];
    if (random.below(2) == 0) v = forest.threshold_[random.below(forest.threshold_.size())];
    if (random.below(20) == 0) v *= 10.0;
    v = static_cast<float>(v);
  }
  rows.view().values[5] = math::nan;
  rows.view().values[10 * width] = math::infinity;
  rows.view().values[20 * width] = -math::infinity;
  return rows;
}

void compare(const quantized_forest& q, const std::string& compiler, const std::string& runner) {
  const std::size_t width = q.box_low_.size();
  const scratch_folder at;
  std::vector<std::string> names(width, "rms");
  names[0] = "*/ int trap; /* \\ ?\?/";
  const std::string header = test::must(export_c99(q, {"forest", names, "a test", "mm/s"}));
  std::ofstream(at / "forest.h") << header;
  std::ofstream(at / "main.c") << driver;
  const std::string input = q.precision == "float32" ? "float" : "double";
  ASSERT_TRUE(run_loudly(compiler + strict + "-DINPUT=" + input + " -o " + (at / "program") + " " + (at / "main.c")));
  const row_table rows = probes(q, width);
  const row_table wanted = test::run(q, test::columns(width), rows.view());
  const auto found = scores_of_program(at, runner, rows);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const double w = wanted.view()[r][0];
    if (w != w) {
      EXPECT_NE(found[r], found[r]) << r;
    } else {
      ASSERT_EQ(found[r], w) << q.precision << " row " << r;
    }
  }
}

TEST(export_c99, scores_have_the_bits_of_the_stage) {
  if (!runs("cc --version")) GTEST_SKIP() << "there is no C compiler";
  for (const char* precision : {"rank", "float32", "fixed16"}) {
    compare(fitted_forest(precision, test::normal_rows(500, 5, 1)), "cc", "");
    compare(fitted_forest(precision, test::normal_rows(500, 1, 2), 0.0), "cc", "");
  }
  compare(fitted_forest("rank", test::normal_rows(500, 300, 3)), "cc", "");
}

TEST(export_c99, scores_have_the_bits_of_the_stage_where_many_thresholds_need_wide_numbers) {
  if (!runs("cc --version")) GTEST_SKIP() << "there is no C compiler";
  quantized_forest q;
  q.trees = 60;
  q.samples = 512;
  for (const char* precision : {"rank", "float32"}) {
    q.precision = precision;
    compare(test::fitted(q, test::columns(2), test::normal_rows(1000, 2, 4).view()), "cc", "");
  }
}

TEST(export_c99, trees_of_one_leaf_are_trees) {
  if (!runs("cc --version")) GTEST_SKIP() << "there is no C compiler";
  row_table rows(2);
  for (int r = 0; r < 100; ++r) rows.append(std::vector<double>{1.0, r == 50 ? 2.0 : 0.0}, {});
  quantized_forest q;
  q.trees = 12;
  q.samples = 8;
  const auto fitted = test::fitted(q, test::columns(2), rows.view());
  compare(fitted, "cc", "");
}

TEST(export_c99, scores_on_aarch64_have_the_bits_of_the_stage_slow) {
  if (!runs("aarch64-linux-gnu-gcc --version") || !runs("qemu-aarch64-static --version")) GTEST_SKIP() << "no cross compiler or emulator";
  for (const char* precision : {"rank", "float32", "fixed16"})
    compare(fitted_forest(precision, test::normal_rows(500, 5, 1)), "aarch64-linux-gnu-gcc -static", "qemu-aarch64-static ");
}

TEST(export_c99, says_what_it_is) {
  const auto q = fitted_forest("fixed16", test::normal_rows(500, 2, 1));
  const std::string header = test::must(export_c99(q, {"pump_7", {"vib_x.rms", "vib_x.kurtosis"}, "pump 7, May", "mm/s"}));
  for (const char* text : {"Origin: pump 7, May", "[0] vib_x.rms", "[1] vib_x.kurtosis", "mm/s", "bytes of constants",
                           "#define PUMP_7_THRESHOLD 0.", "static inline double pump_7_score(const double x[PUMP_7_COLUMNS])"}) {
    EXPECT_NE(header.find(text), std::string::npos) << text;
  }
  for (const char* text : {"malloc", "math.h", "string.h"}) EXPECT_EQ(header.find(text), std::string::npos) << text;
  EXPECT_EQ(export_c99(quantized_forest()).error().code, errc::not_fitted);
  EXPECT_EQ(export_c99(q, {"7up", {}, {}, {}}).error().code, errc::invalid_argument);
  EXPECT_EQ(export_c99(q, {"forest", {"one"}, {}, {}}).error().code, errc::incompatible);
}

}  // namespace
}  // namespace millwright
