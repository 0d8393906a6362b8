#include "millwright/stage_registry.hpp"

namespace millwright {

namespace {

/// An object with default parameters by the table that has the id.
template <class Any, class Functions>
result<Any> make_from(const std::vector<const Functions*>& tables, std::string_view id) {
  std::vector<std::string_view> names;
  for (const auto* table : tables) {
    if (table->id == id) return Any(*table);
    names.push_back(table->id);
  }
  return detail::unknown_stage(id, names);
}

}  // namespace

result<any_stage> stage_registry::make(std::string_view id) const { return make_from<any_stage>(stages_, id); }
result<any_threshold> stage_registry::make_threshold(std::string_view id) const { return make_from<any_threshold>(thresholds_, id); }
result<any_monitor> stage_registry::make_monitor(std::string_view id) const { return make_from<any_monitor>(monitors_, id); }

}  // namespace millwright
