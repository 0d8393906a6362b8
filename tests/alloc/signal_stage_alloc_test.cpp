// A prepared signal stage takes no memory, lock or system call, whatever it is and however it is set: processing, flushing, checkpoint,
// reset.
#include <gtest/gtest.h>

#include "alloc/allocation_counter.hpp"
#include "support/running_signal_stage.hpp"

namespace millwright {
namespace {

class SignalStageMemory : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, SignalStageMemory, testing::ValuesIn(test::signal_stage_ids()),
                         [](const auto& p) { return std::string(p.param); });

template <class Real>
void expect_no_intrusion(const test::stage_variant& variant) {
  SCOPED_TRACE(variant.name());
  test::running_stage<Real> r(variant);
  const auto x = r.example();
  const std::span<const Real> all(x);
  const std::size_t piece = 500 * r.in.columns;
  std::vector<Real> room(r.out.columns * r.out.max_items);
  auto state = r.state();
  test::watch w;
  for (std::size_t first = 0; first < all.size(); first += piece) {
    static_cast<void>(r.stage.process(all.subspan(first, std::min(piece, all.size() - first)), room));
  }
  state_writer writer(state);
  r.stage.persist(writer);
  state_reader reader(state);
  r.stage.persist(reader);
  static_cast<void>(r.stage.flush(room));
  r.stage.reset();
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
  EXPECT_TRUE(writer.ok());
  EXPECT_TRUE(reader.ok());
}

TEST_P(SignalStageMemory, TakesNothingWhileItRuns) {
  for (const auto& variant : test::variants_of(GetParam())) {
    expect_no_intrusion<float>(variant);
    expect_no_intrusion<double>(variant);
  }
}

}  // namespace
}  // namespace millwright
