// `millwright stage`: the same numbers as the library, in text and in bytes, and refusals that say what to do.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "millwright/signal_stages.hpp"
#include "support/small_machine.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using test::run_program;

const std::vector<float> signal = {1.0F, 2.5F, 4.0F, 3.0F, -1.25F, 0.5F};

std::string signal_file() {
  const std::string path = test::scratch("stage.csv");
  std::string text;
  for (const float v : signal) text += std::to_string(v) + "\n";
  test::write_text(path, text);
  return path;
}

TEST(ToolStage, GivesWhatTheLibraryGives) {
  const auto expected = test::must(run_signal_stage<float>(teager_energy<float>(), signal, signal_port{1, 100.0, 1, 0.0}));
  const auto csv = run_program({"stage", "teager_energy", signal_file(), "--rate", "100"});
  ASSERT_EQ(csv.code, 0) << csv.err;
  const auto lines = test::lines_of(csv.out);
  ASSERT_EQ(lines.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(std::stof(lines[i]), expected[i]);

  const auto f32 = run_program({"stage", "teager_energy", signal_file(), "--rate", "100", "--format", "f32", "--chunk", "2"});
  ASSERT_EQ(f32.out.size(), expected.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(f32.out.data(), expected.data(), f32.out.size()), 0);
}

TEST(ToolStage, ListsEveryStage) {
  const auto r = run_program({"stage"});
  ASSERT_EQ(r.code, 0) << r.err;
  for (const auto* table : builtin_signal_registry<float>().stages()) {
    EXPECT_NE(r.out.find(std::string(table->id) + "\n"), std::string::npos) << table->id;
  }
}

TEST(ToolStage, RefusesWithAReason) {
  const auto unknown = run_program({"stage", "teager_energi", signal_file(), "--rate", "100"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("teager_energy"), std::string::npos) << unknown.err;
  const auto setting = run_program({"stage", "teager_energy", signal_file(), "--rate", "100", "--set", "order=3"});
  EXPECT_EQ(setting.code, 2);
  EXPECT_NE(setting.err.find("order"), std::string::npos) << setting.err;
  const auto rate = run_program({"stage", "teager_energy", signal_file()});
  EXPECT_NE(rate.code, 0);
  EXPECT_NE(rate.err.find("rate"), std::string::npos) << rate.err;
  const auto missing = run_program({"stage", "teager_energy", "no_such_file.csv", "--rate", "100"});
  EXPECT_EQ(missing.code, 3);
  for (const char* items : {"9223372036854775808", "18446744073709551615", "1099511627777"}) {
    const auto chunk = run_program({"stage", "decimator", signal_file(), "--rate", "100", "--set", "ftype=iir", "--chunk", items});
    EXPECT_EQ(chunk.code, 2) << chunk.err;
  }
}

}  // namespace
}  // namespace millwright
