#include "millwright/features/samples_view.hpp"

namespace millwright {

result<void> samples_view::prepare(const view_request& request, workspace& memory, workspace&) {
  memory_ = memory.carve<double>(request.length);
  return {};
}

bool samples_view::compute(const view_input& in, const time_view& time) noexcept {
  const std::size_t n = in.valid.size;
  mean = time.mean;
  is_constant = time.is_constant;
  if (in.valid.wide != nullptr) {
    x = {in.valid.wide, n};
  } else {
    for (std::size_t i = 0; i < n; ++i) memory_[i] = static_cast<double>(in.valid.narrow[i]);
    x = memory_.first(n);
  }
  return true;
}

}  // namespace millwright
