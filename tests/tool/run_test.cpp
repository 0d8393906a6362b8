// `millwright run`: the same bytes whatever the chunk, kernel level, file format, and as the library itself.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "tool/tool_data.hpp"
#include "tool/tool_support.hpp"

namespace millwright {
namespace {

using detail::json;
using test::lines_of;
using test::run_program;

json parsed(const std::string& line) { return test::must(detail::parse_json(line, "a line of output")); }

std::string reference_output() {
  static const std::string text = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--features", "--quiet"}).out;
  return text;
}

bool same_bits(const json& found, double expected) {
  if (found.is_null()) return expected != expected;
  const double value = found.get<double>();
  return std::memcmp(&value, &expected, sizeof value) == 0;
}

TEST(ToolRun, WritesTheNumbersOfTheLibraryExactly) {
  const pipeline model = test::must(load_bundle(test::plain_bundle()));
  const auto lines = lines_of(reference_output());
  std::size_t line = 0;
  std::size_t episodes = 0;
  stream s = test::must(stream::create(model));
  const auto& signal = test::faulty_signal();
  const auto on_window = [&](const window_result& w) {
    ASSERT_LT(line, lines.size());
    const json j = parsed(lines[line++]);
    EXPECT_EQ(j["type"], "window");
    EXPECT_EQ(j["end_time"].get<std::int64_t>(), w.end_time);
    EXPECT_TRUE(same_bits(j["severity"], w.severity));
    EXPECT_EQ(j["alarm"].get<bool>(), w.alarm_active);
    EXPECT_EQ(j["regime"].get<int>(), w.regime);
    for (std::size_t d = 0; d < w.scores.size(); ++d) {
      EXPECT_TRUE(same_bits(j["scores"][model->detector_names[d]], w.scores[d]));
      EXPECT_TRUE(same_bits(j["severities"][model->detector_names[d]], w.severities[d]));
    }
    ASSERT_EQ(j["features"].size(), w.features.size());
    for (std::size_t f = 0; f < w.features.size(); ++f)
      EXPECT_TRUE(same_bits(j["features"][model->feature_names[f]], w.features[f])) << model->feature_names[f];
    if (w.event != alarm::event::raised && w.event != alarm::event::cleared) return;
    ASSERT_LT(line, lines.size());
    const json e = parsed(lines[line++]);
    ++episodes;
    EXPECT_EQ(e["type"], "episode");
    EXPECT_EQ(e["event"], w.event == alarm::event::raised ? "raised" : "cleared");
    EXPECT_EQ(e["number"].get<std::uint64_t>(), w.current_episode->number);
    EXPECT_EQ(e["started_at"].get<std::int64_t>(), w.current_episode->started_at);
    EXPECT_TRUE(same_bits(e["peak_severity"], w.current_episode->peak_severity));
    ASSERT_GE(e["top"].size(), 1u);
    EXPECT_EQ(e["top"][0]["feature"], model->feature_names[w.current_episode->contributors[0].feature]);
  };
  test::must(s.push(test::vibration_block(signal, 0, signal.vibration_samples), on_window));
  EXPECT_EQ(line, lines.size());
  EXPECT_GE(episodes, 1u);
}

TEST(ToolRun, ChunkSizesDoNotMatter) {
  for (const char* chunk : {"1", "7", "1000", "100000000"}) {
    const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--features", "--quiet", "--chunk", chunk});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, reference_output()) << "chunks of " << chunk;
  }
}

TEST(ToolRun, KernelLevelsDoNotMatter) {
  for (const kernel_level level :
       {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    if (!is_available(level)) continue;
    const std::string name(to_string(level));
    const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--features", "--level", name});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, reference_output()) << name;
    EXPECT_NE(r.err.find("kernel level " + name), std::string::npos) << r.err;
    EXPECT_EQ(run_program({"run", test::plain_bundle(), test::vibration_f32(), "--features", "-q"}, {}, {"MILLWRIGHT_LEVEL=" + name}).out,
              reference_output())
        << name;
  }
}

TEST(ToolRun, FormatsAndPipesDoNotMatter) {
  const auto& signal = test::faulty_signal();
  std::string ndjson;
  for (const auto& line : lines_of(test::csv_text(signal, 0, signal.vibration_samples, 2000.0, "x"))) {
    const std::size_t a = line.find(',');
    const std::size_t b = line.rfind(',');
    if (a == b) continue;
    ndjson += R"({"time": )" + line.substr(0, a) + R"(, "vib_y": )" + line.substr(b + 1) + R"(, "vib_x": )" +
              line.substr(a + 1, b - a - 1) + R"(, "note": "x"})" + "\n";
  }
  const std::string ndjson_path = test::scratch("vibration.ndjson");
  test::write_text(ndjson_path, ndjson);

  // Columns in another order, one that nobody needs and that holds no numbers, no time.
  std::string shuffled = "state,vib_y,vib_x\n";
  for (const auto& line : lines_of(test::csv_text(signal, 0, signal.vibration_samples, 2000.0, "x"))) {
    const std::size_t a = line.find(',');
    const std::size_t b = line.rfind(',');
    if (a != b) shuffled += "running," + line.substr(b + 1) + "," + line.substr(a + 1, b - a - 1) + "\n";
  }
  const std::string shuffled_path = test::scratch("shuffled.csv");
  test::write_text(shuffled_path, shuffled);

  const std::vector<std::vector<std::string>> ways = {
      {"--in", "csv", test::vibration_csv()},
      {test::vibration_csv(), "--chunk", "13"},
      {"--in", "ndjson", ndjson_path},
      {shuffled_path},
      {shuffled_path, "--rate", "2000"},
      {test::vibration_f32(), "--in", "f32", "--names", "vib_x,vib_y", "--rate", "2000", "--unit", "g,g"}};
  for (const auto& way : ways) {
    std::vector<std::string> arguments = {"run", test::plain_bundle(), "--features", "--quiet"};
    arguments.insert(arguments.end(), way.begin(), way.end());
    const auto r = run_program(arguments);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, reference_output()) << way[1];
  }
  for (const auto& [format, path] :
       {std::pair{"csv", test::vibration_csv()}, {"csv", shuffled_path}, {"f32", test::vibration_f32()}, {"ndjson", ndjson_path}}) {
    EXPECT_EQ(run_program({"run", test::plain_bundle(), "--in", format, "-", "--features", "-q"}, path).out, reference_output()) << format;
    EXPECT_EQ(run_program({"run", test::plain_bundle(), "--in", format, "--features", "-q"}, path).out, reference_output()) << format;
  }
}

TEST(ToolRun, SaysWhatTheInputDidNot) {
  const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32()});
  EXPECT_NE(r.err.find("vib_x, vib_y"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("2000 Hz"), std::string::npos) << r.err;
}

TEST(ToolRun, TwoRatesComeFromTwoFilesInAnyOrder) {
  const pipeline model = test::must(load_bundle(test::context_bundle()));
  stream s = test::must(stream::create(model));
  std::vector<double> severities;
  test::push_stretch(s, test::faulty_signal(), 0, test::faulty_signal().speed.size(),
                     [&](const window_result& w) { severities.push_back(w.severity); });
  s.flush([&](const window_result& w) { severities.push_back(w.severity); });

  const auto forward = run_program({"run", test::context_bundle(), test::vibration_csv(), test::speed_csv(), "-q"});
  ASSERT_EQ(forward.code, 0) << forward.err;
  std::size_t windows = 0;
  for (const auto& line : lines_of(forward.out)) {
    const json j = parsed(line);
    if (j["type"] != "window") continue;
    ASSERT_LT(windows, severities.size());
    EXPECT_TRUE(same_bits(j["severity"], severities[windows])) << "window " << windows;
    ++windows;
  }
  EXPECT_EQ(windows, severities.size());
  for (const char* chunk : {"1", "50", "1000000"}) {
    EXPECT_EQ(run_program({"run", test::context_bundle(), test::speed_csv(), test::vibration_csv(), "-q", "--chunk", chunk}).out,
              forward.out)
        << chunk;
  }
}

TEST(ToolRun, WritesCsvWithOneHeader) {
  const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--format", "csv", "-q"});
  const auto lines = lines_of(r.out);
  ASSERT_GE(lines.size(), 100u);
  EXPECT_EQ(lines[0],
            "end_time,severity,score.isolation_forest,score.mahalanobis,severity.isolation_forest,severity.mahalanobis,regime,quality,"
            "alarm,event,episode");
  std::size_t raised = 0;
  for (const auto& line : lines) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 10) << line;
    raised += line.find(",raised,1") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(raised, 1u);
  const json first = parsed(lines_of(reference_output())[0]);
  EXPECT_EQ(lines[1].substr(0, lines[1].find(',')), std::to_string(first["end_time"].get<std::int64_t>()));
}

TEST(ToolRun, WritesOnlyWhatIsAskedFor) {
  const auto episodes = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--only-episodes", "-q"});
  ASSERT_GE(lines_of(episodes.out).size(), 1u);
  for (const auto& line : lines_of(episodes.out)) EXPECT_EQ(parsed(line)["type"], "episode");
  const auto plain = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--no-scores", "-q"});
  EXPECT_FALSE(parsed(lines_of(plain.out)[0]).contains("scores"));
  EXPECT_TRUE(parsed(lines_of(plain.out)[0]).contains("severity"));
  const auto table = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--only-episodes", "--format", "csv", "-q"});
  EXPECT_EQ(lines_of(table.out)[0].substr(0, 13), "event,number,");
  EXPECT_EQ(lines_of(table.out)[1].substr(0, 9), "raised,1,");
}

TEST(ToolRun, SummaryTellsEverything) {
  const std::string path = test::scratch("summary.json");
  const auto r = run_program({"run", test::plain_bundle(), test::vibration_f32(), "--summary", path});
  ASSERT_EQ(r.code, 0) << r.err;
  const json s = parsed(test::read_text(path));
  EXPECT_EQ(s["windows"].get<int>(), 20 * 2000 / 256);
  EXPECT_EQ(s["windows_not_scored"].get<int>(), 0);
  EXPECT_GE(s["episodes"].get<int>(), 1);
  EXPECT_EQ(s["inputs"][0]["samples"].get<int>(), 40000);
  EXPECT_EQ(s["clock"]["samples"].get<int>(), 40000);
  EXPECT_EQ(s["latency_ns"]["windows"], s["windows"]);
  EXPECT_LE(s["latency_ns"]["p50"].get<std::int64_t>(), s["latency_ns"]["p99"].get<std::int64_t>());
  EXPECT_LE(s["latency_ns"]["p99_9"].get<std::int64_t>(), s["latency_ns"]["max"].get<std::int64_t>());
  const pipeline model = test::must(load_bundle(test::plain_bundle()));
  EXPECT_EQ(s["stream_bytes"].get<std::size_t>(), model.memory_needed());
  EXPECT_EQ(s["bundle_bytes"].get<std::size_t>(), test::must(write_bundle(model)).size());
  for (const char* word : {"windows     156", "latency", "p99.9", "memory", "episodes"})
    EXPECT_NE(r.err.find(word), std::string::npos) << word << "\n" << r.err;
}

}  // namespace
}  // namespace millwright
