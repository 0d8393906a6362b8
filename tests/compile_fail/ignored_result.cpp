// An error must not be dropped by accident: a result that nobody looks at does not compile under -Werror=unused-result.
#include "millwright/core/error.hpp"

namespace {
millwright::result<int> answer() { return 42; }
millwright::result<void> act() { return {}; }
}  // namespace

int main() {
#ifdef MUST_FAIL
  answer();
  act();
#endif
  const auto number = answer();
  return number && act() && *number == 42 ? 0 : 1;
}
