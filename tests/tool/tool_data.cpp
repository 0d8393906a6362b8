#include "tool/tool_data.hpp"

#include <cstdio>
#include <cstring>

#include "millwright/pipeline/bundle.hpp"
#include "tool/tool_support.hpp"

namespace millwright::test {

namespace {

std::string save(bool with_speed, const std::string& name) {
  must(save_bundle(fit_machine(with_speed, 40.0), scratch(name)));
  return scratch(name);
}

std::string save_text(const std::string& name, const std::string& text) {
  write_text(scratch(name), text);
  return scratch(name);
}

}  // namespace

const std::string& plain_bundle() {
  static const std::string path = save(false, "plain.safetensors");
  return path;
}
const std::string& context_bundle() {
  static const std::string path = save(true, "context.safetensors");
  return path;
}

const machine_signal& faulty_signal() {
  static const machine_signal s = simulate_machine(20.0, 2, 10.0);
  return s;
}

std::string csv_text(const machine_signal& s, std::size_t first, std::size_t last, double rate_hz, const std::string& header) {
  std::string text = header + "\n";
  char line[128];
  for (std::size_t i = first; i < last; ++i) {
    // Nine digits give every float32 back.
    std::snprintf(line, sizeof line, "%.6f,%.9g,%.9g\n", static_cast<double>(i) / rate_hz, static_cast<double>(s.vibration[i]),
                  static_cast<double>(s.vibration[s.vibration_samples + i]));
    text += line;
  }
  return text;
}

const std::string& vibration_csv() {
  static const std::string path = save_text("vibration.csv", csv_text(faulty_signal(), 0, faulty_signal().vibration_samples));
  return path;
}

const std::string& vibration_f32() {
  static const std::string path = [] {
    const machine_signal& s = faulty_signal();
    std::string bytes(2 * s.vibration_samples * sizeof(float), '\0');
    for (std::size_t i = 0; i < s.vibration_samples; ++i) {
      std::memcpy(bytes.data() + 8 * i, &s.vibration[i], sizeof(float));
      std::memcpy(bytes.data() + 8 * i + 4, &s.vibration[s.vibration_samples + i], sizeof(float));
    }
    return save_text("vibration.f32", bytes);
  }();
  return path;
}

const std::string& speed_csv() {
  static const std::string path = [] {
    std::string text = "time,speed\n";
    char line[64];
    for (std::size_t i = 0; i < faulty_signal().speed.size(); ++i) {
      std::snprintf(line, sizeof line, "%.6f,%.9g\n", static_cast<double>(i) / machine_signal::speed_rate_hz,
                    static_cast<double>(faulty_signal().speed[i]));
      text += line;
    }
    return save_text("speed.csv", text);
  }();
  return path;
}

}  // namespace millwright::test
