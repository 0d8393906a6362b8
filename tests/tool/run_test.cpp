// `millwright run`: the same bytes whatever the chunk, kernel level, file format, and as the library itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
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

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;  // feature names with arguments hold commas
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

/// The value under a name of the header.
std::string cell(const std::vector<std::string>& lines, std::size_t line, const std::string& name) {
  const auto header = cells_of(lines[0]);
  const auto at = std::find(header.begin(), header.end(), name);
  EXPECT_NE(at, header.end()) << name;
  const auto cells = cells_of(lines[line]);
  EXPECT_EQ(cells.size(), header.size()) << lines[line];
  return at == header.end() || cells.size() != header.size() ? "" : cells[static_cast<std::size_t>(at - header.begin())];
}

/// What the library tells of the faulty signal, its events in order: raised and cleared.
std::vector<std::pair<alarm::event, episode>> told_by_the_library(const pipeline& model, const test::machine_signal& signal) {
  std::vector<std::pair<alarm::event, episode>> told;
  stream s = test::must(stream::create(model));
  test::must(s.push(test::vibration_block(signal, 0, signal.vibration_samples), [&](const window_result& w) {
    if (w.event == alarm::event::raised || w.event == alarm::event::cleared) told.emplace_back(w.event, *w.current_episode);
  }));
  return told;
}

/// The faulty signal with a healthy end, so that its episode is cleared.
test::machine_signal passing_fault() {
  const test::machine_signal& faulty = test::faulty_signal();
  const test::machine_signal healthy = test::simulate_machine(10.0, 3);
  test::machine_signal both;
  both.vibration_samples = faulty.vibration_samples + healthy.vibration_samples;
  for (std::size_t c = 0; c < 2; ++c) {
    for (const auto* part : {&faulty, &healthy}) {
      const auto from = part->vibration.begin() + static_cast<std::ptrdiff_t>(c * part->vibration_samples);
      both.vibration.insert(both.vibration.end(), from, from + static_cast<std::ptrdiff_t>(part->vibration_samples));
    }
  }
  return both;
}
std::string passing_fault_f32() {
  const test::machine_signal s = passing_fault();
  std::string bytes;
  for (std::size_t i = 0; i < s.vibration_samples; ++i) {
    for (std::size_t c = 0; c < 2; ++c)
      bytes.append(reinterpret_cast<const char*>(&s.vibration[c * s.vibration_samples + i]), sizeof(float));
  }
  std::string path = test::scratch("passing.f32");
  test::write_text(path, bytes);
  return path;
}

// Every column of an episode is what its name says.
TEST(ToolRun, EpisodesInCsvAndNdjsonAreTheLibrarys) {
  const pipeline model = test::must(load_bundle(test::plain_bundle()));
  const auto told = told_by_the_library(model, passing_fault());
  ASSERT_GE(told.size(), 2u);
  EXPECT_EQ(told[0].first, alarm::event::raised);
  EXPECT_EQ(told[1].first, alarm::event::cleared);
  ASSERT_NE(told[0].second.started_at, told[0].second.raised_at) << "or nobody could tell them apart";

  const auto csv =
      lines_of(run_program({"run", test::plain_bundle(), passing_fault_f32(), "--only-episodes", "--format", "csv", "-q"}).out);
  const auto ndjson = lines_of(run_program({"run", test::plain_bundle(), passing_fault_f32(), "--only-episodes", "-q"}).out);
  ASSERT_EQ(csv.size(), told.size() + 1);
  ASSERT_EQ(ndjson.size(), told.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    SCOPED_TRACE("event " + std::to_string(i));
    const auto& [event, e] = told[i];
    const bool cleared = event == alarm::event::cleared;
    const json j = parsed(ndjson[i]);
    const std::vector<std::pair<std::string, std::int64_t>> integers = {{"number", static_cast<std::int64_t>(e.number)},
                                                                        {"started_at", e.started_at},
                                                                        {"raised_at", e.raised_at},
                                                                        {"peak_at", e.peak_at},
                                                                        {"regime", e.regime}};
    for (const auto& [name, value] : integers) {
      EXPECT_EQ(cell(csv, i + 1, name), std::to_string(value)) << name;
      EXPECT_EQ(j[name].get<std::int64_t>(), value) << name;
    }
    const std::vector<std::pair<std::string, std::string>> words = {{"event", cleared ? "cleared" : "raised"},
                                                                    {"priority", std::string(to_string(e.priority))}};
    for (const auto& [name, value] : words) {
      EXPECT_EQ(cell(csv, i + 1, name), value);
      EXPECT_EQ(j[name].get<std::string>(), value);
    }
    EXPECT_EQ(cell(csv, i + 1, "cleared_at"), cleared ? std::to_string(e.cleared_at) : "");
    EXPECT_EQ(j["cleared_at"].is_null(), !cleared);
    if (cleared) {
      EXPECT_EQ(j["cleared_at"].get<std::int64_t>(), e.cleared_at);
    }
    EXPECT_EQ(cell(csv, i + 1, "extrapolated"), e.extrapolated ? "1" : "0");
    EXPECT_EQ(j["extrapolated"].get<bool>(), e.extrapolated);
    EXPECT_EQ(std::strtod(cell(csv, i + 1, "peak_severity").c_str(), nullptr), e.peak_severity);
    EXPECT_TRUE(same_bits(j["peak_severity"], e.peak_severity));
    std::size_t used = 0;
    for (std::size_t c = 0; c < episode::max_contributors; ++c) {
      const auto& top = e.contributors[c];
      const std::string prefix = "top" + std::to_string(c + 1);
      const std::string feature = cell(csv, i + 1, prefix + "_feature");
      EXPECT_EQ(feature, top.share > 0.0 ? model->feature_names[top.feature] : "");
      if (!(top.share > 0.0)) continue;
      EXPECT_EQ(std::strtod(cell(csv, i + 1, prefix + "_share").c_str(), nullptr), top.share);
      EXPECT_EQ(std::strtod(cell(csv, i + 1, prefix + "_deviation").c_str(), nullptr), top.deviation);
      ASSERT_LT(used, j["top"].size());
      EXPECT_EQ(j["top"][used]["feature"], model->feature_names[top.feature]);
      EXPECT_TRUE(same_bits(j["top"][used]["share"], top.share));
      EXPECT_TRUE(same_bits(j["top"][used]["deviation"], top.deviation));
      ++used;
    }
    EXPECT_EQ(j["top"].size(), used);
  }
}

// And every column of a window.
TEST(ToolRun, WindowsInCsvAreTheLibrarys) {
  const pipeline model = test::must(load_bundle(test::plain_bundle()));
  const auto lines = lines_of(run_program({"run", test::plain_bundle(), passing_fault_f32(), "--format", "csv", "--features", "-q"}).out);
  const auto header = cells_of(lines[0]);
  const test::machine_signal signal = passing_fault();
  stream s = test::must(stream::create(model));
  std::size_t line = 1;
  test::must(s.push(test::vibration_block(signal, 0, signal.vibration_samples), [&](const window_result& w) {
    ASSERT_LT(line, lines.size());
    const auto found = cells_of(lines[line++]);
    std::vector<double> numbers = {w.severity};
    numbers.insert(numbers.end(), w.scores.begin(), w.scores.end());
    numbers.insert(numbers.end(), w.severities.begin(), w.severities.end());
    ASSERT_EQ(found.size(), 1 + numbers.size() + 5 + w.features.size());
    EXPECT_EQ(found[0], std::to_string(w.end_time));
    std::size_t at = 1;
    for (const double v : numbers) {
      EXPECT_EQ(std::strtod(found[at].c_str(), nullptr), v) << header[at];
      ++at;
    }
    EXPECT_EQ(found[at++], std::to_string(w.regime));
    EXPECT_EQ(found[at++], w.scored ? "" : "not_scored");
    EXPECT_EQ(found[at++], w.alarm_active ? "1" : "0");
    const bool told = w.event == alarm::event::raised || w.event == alarm::event::cleared;
    EXPECT_EQ(found[at++], !told ? "" : w.event == alarm::event::raised ? "raised" : "cleared");
    EXPECT_EQ(found[at++], told || w.alarm_active ? std::to_string(w.current_episode->number) : "");
    for (const double v : w.features) {
      EXPECT_EQ(std::strtod(found[at].c_str(), nullptr), v) << header[at];
      ++at;
    }
  }));
  EXPECT_EQ(line, lines.size());
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
