// A further stream of a model costs no more than its memory: instances are made, run and ended without the heap, a lock or the system.
#include <gtest/gtest.h>

#include <vector>

#include "alloc/allocation_counter.hpp"
#include "millwright/core/stage_instance.hpp"
#include "support/instance_memory.hpp"
#include "support/prepared_stage.hpp"

namespace millwright {
namespace {

class StageInstanceMemory : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, StageInstanceMemory, testing::ValuesIn(test::stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

TEST_P(StageInstanceMemory, TakesNothingBesideItsRegions) {
  for (const auto& variant : test::row_variants_of(GetParam())) {
    SCOPED_TRACE(variant.name());
    any_stage stage = test::fitted_stage(variant);
    const port out = test::must(stage.prepare_for_instances(test::example_port()));
    const row_table rows = test::example_rows(50, 24);
    row_table scores(out.columns.size());
    scores.resize(rows.rows());
    const rows_view to = scores.view();
    state_writer count;
    std::vector<std::byte> state(1 << 22);
    std::vector<double> contributions(rows.columns());
    workspace measure;
    stage_instance::create(stage, measure).destroy();
    test::instance_memory memory(measure.sizes());

    test::watch w;
    workspace counted;
    stage_instance::create(stage, counted).destroy();
    workspace carve = memory.whole();
    stage_instance instance = stage_instance::create(stage, carve);
    instance.reset();
    instance.process(rows.view(), to);
    if (instance.explains()) instance.explain(rows.view()[0], contributions);
    state_writer writer(state);
    instance.persist(writer);
    instance.reset();
    instance.destroy();
    const auto seen = w.stop();
    EXPECT_TRUE(seen.none()) << seen.text();
    EXPECT_TRUE(writer.ok());
  }
}

/// Lists of names and long texts are settings of fitting alone; the variants above fill all others.
TEST(StageInstances, AListOfNamesCostsInstancesNothing) {
  any_stage stage = test::fitted_stage({"extended_isolation_forest", "trees=5"});
  test::must(stage.set_param("categorical", std::vector<std::string>{"a column with a long name", "another one with a long name"}));
  static_cast<void>(test::must(stage.prepare_for_instances(test::example_port())));
  workspace measure;
  stage_instance::create(stage, measure).destroy();
  test::instance_memory memory(measure.sizes());
  test::watch w;
  workspace carve = memory.whole();
  stage_instance::create(stage, carve).destroy();
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
}

}  // namespace
}  // namespace millwright
