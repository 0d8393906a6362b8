// Recordings of real machines, whose clocks are what they are. Skipped where the data are absent: set MILLWRIGHT_DATA.
#include <sys/stat.h>

#include <cmath>
#include <cstdio>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

bool exists(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0;
}

#define NEEDS(path) \
  if (!exists(path)) GTEST_SKIP() << path << " is not here; set MILLWRIGHT_DATA to the folder of the data sets"

/// The whole file as frames; `stamps` keeps what the reader gave.
struct run_result {
  std::unique_ptr<rig> test;
  std::vector<time_ns> stamps;
  reader_counters lines;
};

run_result run(signal_reader& reader, double rate_hz, const std::string& length, clock_policy policy = {}) {
  run_result out;
  window_policy w;
  w.length = {length};
  w.min_valid_share = 0.0;
  w.clock = policy;
  std::vector<channel> channels = reader.channels();
  for (channel& c : channels) c.rate_hz = rate_hz;
  for (channel& c : channels) c.role = channel_role::process;
  out.test = std::make_unique<rig>(w, channels);
  while (true) {
    auto block = reader.next(333);
    if (!block || !*block) {
      EXPECT_TRUE(block) << block.error().message();
      break;
    }
    out.stamps.insert(out.stamps.end(), block->timestamps, block->timestamps + block->samples);
    out.test->push(*block);
  }
  out.test->flush();
  out.lines = reader.counters();
  return out;
}

TEST(real_data, skab_about_one_hertz_with_missing_seconds) {
  const std::string path = data_folder() + "/skab/valve1/0.csv";
  NEEDS(path);
  auto reader = signal_reader::open(path);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->channels().size(), 10u);
  EXPECT_EQ(reader->channels()[7].name, "Volume Flow RateRMS");
  const run_result r = run(*reader, 1.0, "60s");
  EXPECT_EQ(r.lines.bad_lines, 0u);
  ASSERT_EQ(r.stamps.size(), 1147u);
  EXPECT_EQ(r.stamps[0], 1583748873 * second);  // 2020-03-09 10:14:33
  const clock_counters& c = r.test->windows.counters();
  // Stamps are whole seconds, so every second without a row is one masked sample.
  const auto seconds = static_cast<std::uint64_t>((r.stamps.back() - r.stamps.front()) / second) + 1;
  EXPECT_EQ(c.missing_samples, seconds - 1147);
  EXPECT_EQ(c.segments, 1u);
  EXPECT_EQ(c.duplicates + c.late + c.clock_steps, 0u);
  EXPECT_EQ(r.test->frames.size(), seconds / 60);
}

TEST(real_data, nab_machine_temperature_repeats_an_hour) {
  const std::string path = data_folder() + "/nab/data/realKnownCause/machine_temperature_system_failure.csv";
  NEEDS(path);
  auto reader = signal_reader::open(path);
  ASSERT_TRUE(reader);
  const run_result strict = run(*reader, 1.0 / 300.0, "1h");
  EXPECT_EQ(strict.lines.bad_lines, 0u);
  EXPECT_EQ(strict.stamps.size(), 22695u);
  EXPECT_EQ(strict.test->windows.counters().clock_steps, 1u);  // 02:55 is followed by 02:00
  EXPECT_EQ(strict.test->windows.counters().segments, 2u);
  EXPECT_EQ(strict.test->windows.counters().missing_samples, 0u);
  clock_policy patient;
  patient.late_tolerance_s = 3600.0;  // then the repeated hour is late: 11 samples behind, 1 with the stamp of the last
  auto again = signal_reader::open(path);
  const run_result r = run(*again, 1.0 / 300.0, "1h", patient);
  EXPECT_EQ(r.test->windows.counters().late, 11u);
  EXPECT_EQ(r.test->windows.counters().duplicates, 1u);
  EXPECT_EQ(r.test->windows.counters().segments, 1u);
  EXPECT_EQ(r.test->windows.counters().missing_samples, 0u);
}

TEST(real_data, genesis_plc_about_21_hertz_with_stamps_that_jump_back) {
  const std::string path = data_folder() + "/genesis_demonstrator/Genesis_StateMachineLabel.csv.gz";
  NEEDS(path);
  std::FILE* pipe = ::popen(("gzip -dc '" + path + "'").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  reader_options o;
  o.format = "csv";
  o.names = {"MotorData.ActCurrent", "MotorData.ActSpeed"};
  auto reader = signal_reader::open_descriptor(::fileno(pipe), "Genesis", o);
  ASSERT_TRUE(reader) << reader.error().message();
  const run_result r = run(*reader, 21.0, "10s");
  ::pclose(pipe);
  EXPECT_EQ(r.lines.bad_lines, 0u);
  ASSERT_EQ(r.stamps.size(), 16220u);
  EXPECT_EQ(r.stamps[0], 1461148512938 * milli);
  const clock_counters& c = r.test->windows.counters();
  EXPECT_EQ(c.late, 2u);  // two single stamps lie 0.95 s behind; the rows after them are on time
  EXPECT_EQ(c.clock_steps, 0u);
  EXPECT_EQ(c.segments, 1u);
  // The nominal rate is 1.5 % low and stamps jitter; the grid follows. What is missing are the rows that did not come.
  std::uint64_t missing = 0;
  time_ns last = r.stamps[0];
  for (const time_ns t : r.stamps) {
    if (t <= last) continue;
    missing += static_cast<std::uint64_t>(std::max(0.0, std::round(static_cast<double>(t - last) / 46.9e6) - 1.0));
    last = t;
  }
  EXPECT_NEAR(static_cast<double>(c.missing_samples), static_cast<double>(missing), 0.2 * static_cast<double>(missing) + 3.0);
}

TEST(real_data, femto_raw_csv_with_the_time_of_day_in_four_columns) {
  for (const char* name : {"Bearing1_2_acc_00001.csv", "Bearing1_4_acc_00001_semicolon.csv"}) {
    const std::string path = data_folder() + "/femto_pronostia/sample_raw_csv/" + name;
    NEEDS(path);
    reader_options o;
    o.names = {"h", "v"};
    o.units = {"g", "g"};
    o.set("time_is_hms", true);
    auto reader = signal_reader::open(path, o);
    ASSERT_TRUE(reader) << reader.error().message();
    const run_result r = run(*reader, 25600.0, "100ms");
    EXPECT_EQ(r.lines.bad_lines, 0u) << r.lines.first_bad[0].reason.view();
    EXPECT_EQ(r.stamps.size(), 2560u);
    const clock_counters& c = r.test->windows.counters();
    EXPECT_EQ(c.missing_samples + c.duplicates + c.late + c.clock_steps, 0u) << name;  // microseconds rounded to 10 stay on the grid
    ASSERT_EQ(r.test->frames.size(), 1u);
    EXPECT_TRUE(r.test->frames[0].enough_valid);
  }
}

}  // namespace
