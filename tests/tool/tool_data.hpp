// Bundles and input files for tests of the program, made once.
#pragma once

#include <string>

#include "support/small_machine.hpp"

namespace millwright::test {

/// A bundle of two vibration channels, and one with the slow speed channel too.
[[nodiscard]] const std::string& plain_bundle();
[[nodiscard]] const std::string& context_bundle();

/// 20 s of the machine with a fault from 10 s on.
[[nodiscard]] const machine_signal& faulty_signal();
/// It as files; "time" in CSV and NDJSON counts seconds from 0.
[[nodiscard]] const std::string& vibration_csv();
[[nodiscard]] const std::string& vibration_f32();
[[nodiscard]] const std::string& speed_csv();

/// CSV text of vibration samples [first, last), the header included.
[[nodiscard]] std::string csv_text(const machine_signal& s, std::size_t first, std::size_t last,
                                   double rate_hz = machine_signal::vibration_rate_hz, const std::string& header = "time,vib_x,vib_y");

}  // namespace millwright::test
