// Input, bundles and arguments that are not as they should be: a clear error with its exit code, or a counted gap.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/json.hpp"
#include "tool/tool_data.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using test::lines_of;
using test::program_result;
using test::run_program;

std::string with_text(const std::string& name, const std::string& text) {
  test::write_text(test::scratch(name), text);
  return test::scratch(name);
}

void expect_refused(const program_result& r, int code, const std::vector<std::string>& words) {
  EXPECT_EQ(r.code, code) << r.err;
  for (const auto& word : words) EXPECT_NE(r.err.find(word), std::string::npos) << "no \"" << word << "\" in:\n" << r.err;
  EXPECT_EQ(r.out, "");
}

TEST(ToolBadInput, WrongChannelNames) {
  const auto text = test::csv_text(test::faulty_signal(), 0, 1000, 2000.0, "time,vib_a,vib_y");
  const std::string path = with_text("names.csv", text);
  expect_refused(run_program({"run", test::plain_bundle(), path}), 3, {"trained with channel \"vib_x\"", "vib_a", "names.csv", "mend:"});
  expect_refused(run_program({"run", test::plain_bundle(), "--in", "csv"}, path), 3, {"vib_x", "vib_a", "mend:"});
}

TEST(ToolBadInput, TooFewColumnsWithoutNames) {
  const std::string path = with_text("one.csv", "1\n2\n3\n");
  expect_refused(run_program({"run", test::plain_bundle(), path}), 3, {"2 channels (vib_x, vib_y)", "has 1 without names"});
}

TEST(ToolBadInput, AWrongRateThatIsDeclared) {
  expect_refused(run_program({"run", test::plain_bundle(), test::vibration_f32(), "--names", "vib_x,vib_y", "--rate", "1200"}), 3,
                 {"trained with channel \"vib_x\" at 2000 Hz, but the input has 1200 Hz", "at:", "mend:"});
}

TEST(ToolBadInput, AWrongRateThatTheTimeStampsShow) {
  const std::string path = with_text("slow.csv", test::csv_text(test::faulty_signal(), 0, 2000, 1200.0));
  for (const char* chunk : {"1", "100000"}) {
    const auto r = run_program({"run", test::plain_bundle(), path, "--chunk", chunk, "-q"});
    EXPECT_EQ(r.code, 3);
    EXPECT_NE(r.err.find("at 2000 Hz, but the input's time stamps come at about 1200 Hz"), std::string::npos) << r.err;
  }
}

TEST(ToolBadInput, UnitsThatDiffer) {
  expect_refused(run_program({"run", test::plain_bundle(), test::vibration_f32(), "--names", "vib_x,vib_y", "--unit", "g,mm/s"}), 3,
                 {"vib_y", "mm/s"});
}

TEST(ToolBadInput, NoSamples) {
  expect_refused(run_program({"run", test::plain_bundle(), with_text("empty.csv", "")}), 3, {"empty.csv"});
  expect_refused(run_program({"run", test::plain_bundle(), with_text("header.csv", "time,vib_x,vib_y\n"), "-q"}), 3, {"no samples"});
  expect_refused(run_program({"run", test::plain_bundle(), with_text("empty.f32", ""), "-q"}), 3, {"no samples"});
  expect_refused(run_program({"run", test::plain_bundle(), "--in", "csv"}), 3, {"standard input"});
  expect_refused(run_program({"run", test::plain_bundle(), test::scratch("no such file.csv")}), 3, {"no such file.csv"});
  expect_refused(run_program({"run", test::plain_bundle(), test::scratch("")}), 3, {"directory"});
}

TEST(ToolBadInput, AnInputThatNobodyNeedsAndOneThatIsMissing) {
  expect_refused(run_program({"run", test::plain_bundle(), test::vibration_csv(), test::speed_csv()}), 3, {"speed.csv"});
  expect_refused(run_program({"run", test::context_bundle(), test::vibration_csv()}), 3, {"\"speed\""});
}

TEST(ToolBadInput, BadLinesAreSkippedAndCounted) {
  const auto& signal = test::faulty_signal();
  auto lines = lines_of(test::csv_text(signal, 0, 8000));
  lines[100] = "this is no row";
  lines[200] = "0.1";
  lines[300] += ",7";
  lines[400] = "yesterday,1,2";
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  text += "4.000000,0.1";  // ends inside a row
  const std::string path = with_text("bad.csv", text);
  const std::string summary = test::scratch("bad.json");
  const auto r = run_program({"run", test::plain_bundle(), path, "--summary", summary});
  EXPECT_EQ(r.code, 0) << r.err;
  for (const char* word :
       {"line 101 skipped", "line 201 skipped", "line 301 skipped", "line 401 skipped", "5 bad lines", "cut off at the end"})
    EXPECT_NE(r.err.find(word), std::string::npos) << word << "\n" << r.err;
  const auto s = test::must(detail::parse_json(test::read_text(summary), summary));
  EXPECT_EQ(s["inputs"][0]["bad_lines"].get<int>(), 5);
  EXPECT_TRUE(s["inputs"][0]["truncated"].get<bool>());
  EXPECT_EQ(s["inputs"][0]["samples"].get<int>(), 7996);
  EXPECT_EQ(s["clock"]["missing_samples"].get<int>(), 4);
  EXPECT_GE(s["windows_not_scored"].get<int>(), 1) << "windows with a hole are told, not scored";
  EXPECT_EQ(s["not_scored_reasons"]["missing"], s["windows_not_scored"]);
}

TEST(ToolBadInput, ACutOffBinaryFileIsReadAsFarAsItGoes) {
  const std::string bytes = test::read_text(test::vibration_f32());
  const auto r = run_program({"run", test::plain_bundle(), with_text("cut.f32", bytes.substr(0, 8 * 5000 + 3))});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("5000 samples"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("cut off at the end"), std::string::npos) << r.err;
  EXPECT_EQ(lines_of(r.out).size(), 5000u / 256u);
}

TEST(ToolBadInput, NaNStormsAndConstantSignals) {
  std::string text = "time,vib_x,vib_y\n";
  for (int i = 0; i < 4000; ++i) text += std::to_string(i / 2000.0) + (i < 2000 ? ",nan,nan\n" : ",1,1\n");
  const auto r = run_program({"run", test::plain_bundle(), with_text("storm.csv", text)});
  EXPECT_EQ(r.code, 0) << r.err;
  for (const auto& line : lines_of(r.out)) EXPECT_NE(line.find(R"("severity":null)"), std::string::npos) << line;
  EXPECT_NE(r.err.find("not_finite"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("stuck"), std::string::npos) << r.err;
}

TEST(ToolBadInput, ShorterThanAWindow) {
  const auto r = run_program({"run", test::plain_bundle(), with_text("short.csv", test::csv_text(test::faulty_signal(), 0, 100))});
  EXPECT_EQ(r.code, 0);
  EXPECT_NE(r.err.find("windows     0"), std::string::npos) << r.err;
}

TEST(ToolBadBundle, IsRefusedWithItsReason) {
  const std::string good = test::read_text(test::plain_bundle());
  expect_refused(run_program({"run", test::scratch("none.safetensors"), test::vibration_f32()}), 4, {"none.safetensors"});
  expect_refused(run_program({"run", with_text("empty.safetensors", ""), test::vibration_f32()}), 4, {"bundle"});
  expect_refused(run_program({"run", with_text("cut.safetensors", good.substr(0, good.size() / 2)), test::vibration_f32()}), 4,
                 {"bundle", "mend:"});
  std::string flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  const std::string path = with_text("flipped.safetensors", flipped);
  expect_refused(run_program({"run", path, test::vibration_f32()}), 4, {"checksum"});
  const auto verified = run_program({"verify", path});
  EXPECT_EQ(verified.code, 4);
  EXPECT_NE(verified.out.find("FAILED"), std::string::npos);
  const auto inspected = run_program({"inspect", path});
  EXPECT_EQ(inspected.code, 4);
  EXPECT_NE(inspected.out.find("CHECKSUM DOES NOT FIT"), std::string::npos) << inspected.out;
  EXPECT_NE(inspected.out.find("vib_x.log_rms"), std::string::npos) << "what can be read is told all the same";
  EXPECT_EQ(run_program({"inspect", with_text("noise.safetensors", std::string(1000, 'x'))}).code, 4);
}

TEST(ToolArguments, WrongOnesEndWithTwo) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                     {"walk"},
                                                                     {"run"},
                                                                     {"run", "x.safetensors", "--in", "mp3"},
                                                                     {"run", "x.safetensors", "--chunk", "0"},
                                                                     {"run", "x.safetensors", "--resume"},
                                                                     {"run", "x.safetensors", "--level", "avx1024"},
                                                                     {"run", "x.safetensors", "--delimiter", "ab"},
                                                                     {"run", "x.safetensors", "--header", "maybe"},
                                                                     {"run", "x.safetensors", "--scale", "x"},
                                                                     {"run", "x.safetensors", "--max-line-bytes", "0"},
                                                                     {"run", "x.safetensors", "--start-time", "noon"},
                                                                     {"run", "x.safetensors", "-", "-"},
                                                                     {"run", "x.safetensors", "a.csv", "--out", "a.csv"},
                                                                     {"run", "x.safetensors", "--only-episodes", "--features"},
                                                                     {"inspect"}}) {
    const auto r = run_program(arguments);
    EXPECT_EQ(r.code, 2) << (arguments.empty() ? "no argument" : arguments.back()) << "\n" << r.err;
    EXPECT_FALSE(r.err.empty());
  }
}

TEST(ToolArguments, ASettingThatNoInputTakesIsRefused) {
  expect_refused(run_program({"run", test::plain_bundle(), test::vibration_csv(), "--record-interval", "3"}), 3,
                 {"--record-interval", "mend:"});
  expect_refused(run_program({"run", test::plain_bundle(), test::vibration_f32(), "--time-is-hms"}), 3, {"--time-is-hms", "mend:"});
}

TEST(ToolArguments, HelpVersionAndConfig) {
  EXPECT_NE(run_program({"--help"}).out.find("Exit codes"), std::string::npos);
  const auto help = run_program({"run", "--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"--checkpoint", "--resume", "--in", "Exit codes", "standard input must start there"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  EXPECT_EQ(run_program({"--version"}).out.substr(0, 11), "millwright ");
  EXPECT_NE(run_program({"config"}).out.find("kernel_levels_available"), std::string::npos);
}

TEST(ToolOutput, AFullDiskEndsWithSix) {
  const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--out", "/dev/full"});
  EXPECT_EQ(r.code, 6);
  EXPECT_NE(r.err.find("No space left"), std::string::npos) << r.err;
  EXPECT_EQ(run_program({"run", test::plain_bundle(), test::vibration_f32(), "--out", "/no/such/directory/out"}).code, 6);
}

}  // namespace
}  // namespace millwright
