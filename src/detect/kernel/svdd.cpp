#include "millwright/detect/kernel/svdd.hpp"

#include <algorithm>
#include <cmath>

namespace millwright {

result<port> svdd::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  return prepare_expansion(id, in, memory, kernel_setting());
}

result<void> svdd::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const double centre_square, fit(id, training_, dual::ball));
  radius_ = std::sqrt(std::max(0.0, centre_square - rho_));
  return {};
}

}  // namespace millwright
