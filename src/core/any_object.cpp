#include "millwright/core/any_stage.hpp"

#include "core/nearest_name.hpp"

namespace millwright {

namespace detail {

error unknown_parameter(std::string_view stage, std::string_view name, const std::vector<param_info>& known) {
  std::vector<std::string_view> names;
  for (const auto& p : known) names.push_back(p.name);
  return {errc::invalid_argument, stage, std::string(stage) + " has no parameter \"" + std::string(name) + "\"", suggestion(name, names)};
}

error wrong_parameter_type(std::string_view stage, std::string_view name, std::string_view expected) {
  return {errc::invalid_argument, stage, "parameter \"" + std::string(name) + "\" of " + std::string(stage) + " has the wrong type",
          "give " + std::string(expected)};
}

error unknown_stage(std::string_view id, const std::vector<std::string_view>& known) {
  return {errc::invalid_argument, "pipeline", "there is no stage \"" + std::string(id) + "\" in this program", suggestion(id, known)};
}

error wrong_version(std::string_view stage, std::uint16_t stored, std::uint16_t known) {
  return {errc::incompatible, stage,
          "the bundle's stage has version " + std::to_string(stored) + ", this program has " + std::to_string(known),
          "update millwright, or fit the pipeline again"};
}

error takes_memory_in_prepare(std::string_view stage) {
  return {errc::invalid_argument, stage,
          std::string(stage) + " takes memory in prepare alone, so copies that run side by side would have none",
          "take it in a member `void take(workspace&) noexcept` that prepare calls"};
}

error wrong_tensor(std::string_view stage, std::string_view name, std::string_view why) {
  return {errc::corrupt_file, stage, "learned array \"" + std::string(name) + "\" cannot be used: " + std::string(why),
          "save the bundle again from the fitted pipeline"};
}

}  // namespace detail

}  // namespace millwright
