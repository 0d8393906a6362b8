// value() can only throw, so without exceptions it must not exist, rather than do something else.
#include "millwright/core/error.hpp"

int main() {
  const millwright::result<int> number = 42;
#ifdef MUST_FAIL
  millwright::result<int> other = 42;
  if (other.value() != 42) return 1;
#endif
  return *number == 42 ? 0 : 1;
}
