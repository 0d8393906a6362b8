#include "millwright/detect/kernel/one_class_svm.hpp"

namespace millwright {

result<port> one_class_svm::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  return prepare_expansion(id, in, memory, kernel_setting());
}

result<void> one_class_svm::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(fit(id, training_, dual::one_class));
  return {};
}

}  // namespace millwright
