// The promise of the library for row stages: one number for each, over its model, its output and its explanations under every variant
// of its settings. The same for every compiler, optimisation level, kernel level and architecture. When one changes on purpose, the
// changelog says so under Numerics.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "millwright/numeric/cpu.hpp"
#include "support/prepared_stage.hpp"

namespace millwright {
namespace {

struct committed_hash {
  std::string_view id;
  std::uint64_t value;
};

// clang-format off
constexpr committed_hash committed_hashes[] = {
    {"context_normalizer", 0x275c4c5a9aada6a1},
    {"isolation_forest", 0x0eef16a6f7751ed2},
    {"mahalanobis", 0x889ac7fd0a9e04c4},
    {"knn_distance", 0x8a53348d3f6ad18b},
    {"kmeans_distance", 0x42b21dce8f78ff18},
    {"aakr", 0x3e8a0f3f45126d5d},
    {"autoencoder", 0x00f31d8387b19071},
    {"running_median", 0x2442afcba11627d2},
    {"tail_calibration", 0x4908da372b32be34},
    {"cauchy_fusion", 0x97524b86b3d98349},
    {"half_space_trees", 0x9be0f141045c5ec0},
    {"online_isolation_forest", 0xed12b30408f023f6},
    {"random_cut_forest", 0xaa4000819cfe81fb},
    {"min_fusion", 0xfdccf3a0ee1a5a96},
    {"pca_monitor", 0xc21011285284f6dd},
    {"one_class_svm", 0x4765fe1f9b97c9df},
    {"svdd", 0x0f044b2187cd5a52},
    {"approximate_one_class_svm", 0x9a051e6e526d8306},
    {"extended_isolation_forest", 0x49345674efe91d37},
    {"quantized_forest", 0x9841d1d57d2817dd},
};
// clang-format on

void add_variant(test::bit_hash& hash, const test::stage_variant& variant) {
  test::prepared_stage p(test::fitted_stage(variant));
  for (const tensor_view& t : p.stage.get_model()) {
    for (const std::byte b : t.bytes) hash.add(b);
  }
  const row_table rows = test::example_rows(150, 30);
  hash.add(test::hash_of(p.process(rows, 40)));
  if (!p.stage.explains()) return;
  std::vector<double> contributions(rows.columns());
  for (std::size_t r = 0; r < rows.rows(); r += 10) {
    p.stage.explain(rows.view()[r], contributions);
    for (const double c : contributions) hash.add_number(c);
  }
}

class RowStagesDeterminism : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, RowStagesDeterminism, testing::ValuesIn(test::stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

TEST_P(RowStagesDeterminism, EveryKernelLevelGivesTheCommittedBits) {
  const kernel_level before = active_kernel_level();
  std::uint64_t committed = 0;
  for (const auto& c : committed_hashes) {
    if (c.id == GetParam()) committed = c.value;
  }
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    test::must(force_kernel_level(level));
    test::bit_hash hash;
    for (const auto& variant : test::row_variants_of(GetParam())) add_variant(hash, variant);
    std::printf("%-7s {\"%s\", 0x%016" PRIx64 "},\n", std::string(to_string(level)).c_str(), std::string(GetParam()).c_str(), hash.value());
    EXPECT_EQ(hash.value(), committed) << to_string(level);
  }
  test::must(force_kernel_level(before));
}

}  // namespace
}  // namespace millwright
