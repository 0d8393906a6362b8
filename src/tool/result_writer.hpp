#pragma once

#include <string>
#include <vector>

#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/window_result.hpp"
#include "tool/output_file.hpp"

namespace millwright::tool {

enum class output_format { ndjson, csv };

/// What is written.
struct output_choice {
  output_format format = output_format::ndjson;
  bool scores = true;  ///< single detectors beside the severity
  bool features = false;
  bool only_episodes = false;

  /// Names the choice; a checkpoint continues only under the same one.
  [[nodiscard]] std::string signature() const;
};

/// Names of the bits of millwright::quality that are set, lowest bit first.
[[nodiscard]] std::vector<std::string_view> quality_names(std::uint32_t bits);

/// Turns window results into lines of NDJSON or CSV (fields: docs/command.md) and hands each line to the output at once.
class result_writer {
 public:
  result_writer(const pipeline& model, const output_choice& choice, output_file& out);

  /// What stands before the first line: the header of CSV.
  void begin();
  /// Never throws: it runs inside stream::push. What fails is found in the output's state.
  void write(const window_result& w) noexcept;

 private:
  void append_ndjson(const window_result& w);
  void append_ndjson_episode(const episode& e, alarm::event event);
  void append_csv(const window_result& w);
  void append_csv_episode(const episode& e, alarm::event event);
  void append_values(const std::vector<std::string>& keys, std::span<const double> values, std::string_view under);
  template <class Field>
  [[nodiscard]] bool detectors_follow(const Field& f) const;

  output_choice choice_;
  output_file& out_;
  std::vector<std::string> feature_names_;
  std::vector<std::string> detector_names_;
  std::vector<std::string> feature_keys_;  // "\"vib_x.rms\":"
  std::vector<std::string> detector_keys_;
  std::string line_;
};

}  // namespace millwright::tool
