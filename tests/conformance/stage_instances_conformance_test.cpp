// An instance is the stage that it was made of, bit for bit, in memory split by how long it lives.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "millwright/core/stage_instance.hpp"
#include "support/instance_memory.hpp"
#include "support/prepared_stage.hpp"

namespace millwright {
namespace {

class StageInstances : public testing::TestWithParam<std::string_view> {
 protected:
  template <class Check>
  void for_each_variant(const Check& check) const {
    for (const auto& variant : test::row_variants_of(GetParam())) {
      SCOPED_TRACE(variant.name());
      check(test::fitted_stage(variant));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Registry, StageInstances, testing::ValuesIn(test::stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

memory_sizes sizes_of(const any_stage& prepared) {
  workspace measure;
  stage_instance counted = stage_instance::create(prepared, measure);
  counted.destroy();
  return measure.sizes();
}

/// Rows of an instance, some at a time.
class feed {
 public:
  feed(const stage_instance& instance, const row_table& rows, std::size_t columns) : instance_(instance), rows_(rows), out_(columns) {
    out_.resize(rows.rows());
    rows_view all = out_.view();
    for (std::size_t r = 0; r < rows.rows(); ++r) all.meta[r] = rows.view().meta[r];
  }
  void process(std::size_t count) {
    count = std::min(count, rows_.rows() - done_);
    rows_view all = out_.view();
    instance_.process(rows_.slice(done_, count), {all.values + done_ * all.stride, count, all.columns, all.stride, all.meta + done_});
    done_ += count;
  }
  [[nodiscard]] bool is_done() const { return done_ == rows_.rows(); }
  [[nodiscard]] std::uint64_t hash() const { return test::hash_of(out_); }

 private:
  stage_instance instance_;
  const row_table& rows_;
  row_table out_;
  std::size_t done_ = 0;
};

TEST_P(StageInstances, EqualTheStage) {
  for_each_variant([](any_stage stage) {
    const row_table rows = test::example_rows(100, 21);
    test::prepared_stage alone(stage);
    const std::uint64_t expected = test::hash_of(alone.process(rows, 100));
    const port out = test::must(stage.prepare_for_instances(test::example_port()));
    const memory_sizes sizes = sizes_of(stage);
    test::instance_memory memory(sizes);
    workspace carve = memory.whole();
    stage_instance instance = stage_instance::create(stage, carve);
    ASSERT_TRUE(instance);
    EXPECT_FALSE(carve.exhausted());
    EXPECT_EQ(carve.sizes().plan, sizes.plan);
    EXPECT_EQ(carve.sizes().state, sizes.state);
    EXPECT_EQ(carve.sizes().scratch, sizes.scratch);
    EXPECT_EQ(instance.id(), stage.id());
    EXPECT_EQ(instance.version(), stage.version());
    EXPECT_EQ(instance.explains(), stage.explains());
    EXPECT_EQ(instance.is_stateful(), stage.is_stateful());
    EXPECT_EQ(sizes.state > 0, stage.is_stateful());
    for (int round = 0; round < 2; ++round) {
      instance.reset();
      feed f(instance, rows, out.columns.size());
      while (!f.is_done()) f.process(17);
      EXPECT_EQ(f.hash(), expected) << "round " << round;
    }
    if (instance.explains()) {
      std::vector<double> ours(rows.columns());
      std::vector<double> theirs(rows.columns());
      instance.explain(rows.view()[99], ours);
      alone.stage.explain(rows.view()[99], theirs);
      test::bit_hash a;
      test::bit_hash b;
      for (std::size_t c = 0; c < ours.size(); ++c) {
        a.add_number(ours[c]);
        b.add_number(theirs[c]);
      }
      EXPECT_EQ(a.value(), b.value());
    }
    state_writer count;
    alone.stage.persist(count);
    std::vector<std::byte> expected_state(count.bytes());
    std::vector<std::byte> state(count.bytes());
    state_writer theirs(expected_state);
    alone.stage.persist(theirs);
    state_writer ours(state);
    instance.persist(ours);
    EXPECT_TRUE(ours.ok());
    EXPECT_EQ(state, expected_state);
    instance.reset();
    state_reader reader(expected_state);
    instance.persist(reader);
    EXPECT_TRUE(reader.ok());
    instance.destroy();
    EXPECT_FALSE(instance);
  });
}

TEST_P(StageInstances, ShareTheModelTheTablesAndTheScratchOfAThread) {
  for_each_variant([](any_stage stage) {
    const row_table one = test::example_rows(100, 22);
    const row_table two = test::example_rows(100, 23);
    test::prepared_stage alone(stage);
    const std::uint64_t expected_one = test::hash_of(alone.process(one, 100));
    alone.stage.reset();
    const std::uint64_t expected_two = test::hash_of(alone.process(two, 100));

    const port out = test::must(stage.prepare_for_instances(test::example_port()));
    test::instance_memory memory(sizes_of(stage));
    workspace carve = memory.whole();
    stage_instance a = stage_instance::create(stage, carve);
    a.reset();
    // One that carries nothing serves both streams; else the second has a state of its own, and both have scratch that is spoilt
    // between their calls.
    test::instance_memory more(sizes_of(stage));
    stage_instance b = a;
    if (stage.is_stateful()) {
      workspace next({memory.plan.bytes(), more.state.bytes(), memory.scratch.bytes(), true});
      b = stage_instance::create(stage, next);
      EXPECT_FALSE(next.exhausted());
      b.reset();
    }
    feed first(a, one, out.columns.size());
    feed second(b, two, out.columns.size());
    while (!first.is_done() || !second.is_done()) {
      first.process(7);
      if (stage.is_stateful()) memory.scratch.spoil();
      second.process(5);
      if (stage.is_stateful()) memory.scratch.spoil();
    }
    EXPECT_EQ(first.hash(), expected_one);
    EXPECT_EQ(second.hash(), expected_two);
    if (stage.is_stateful()) b.destroy();
    a.destroy();
  });
}

TEST_P(StageInstances, LackOfMemoryIsSeenAndNothingIsWrittenBeyond) {
  for_each_variant([](any_stage stage) {
    static_cast<void>(test::must(stage.prepare_for_instances(test::example_port())));
    const memory_sizes sizes = sizes_of(stage);
    for (std::size_t memory_sizes::*which : {&memory_sizes::plan, &memory_sizes::state, &memory_sizes::scratch}) {
      if (sizes.*which == 0) continue;
      memory_sizes less = sizes;
      less.*which -= 1;
      test::instance_memory memory(less);
      workspace carve = memory.whole();
      stage_instance instance = stage_instance::create(stage, carve);
      EXPECT_TRUE(carve.exhausted());
      EXPECT_EQ(carve.sizes().total(), sizes.total());
      instance.destroy();
    }
  });
}

}  // namespace
}  // namespace millwright
