// The value of a result, or the end of the process with the error's text: for the tests' own machinery, not for what they test.
// Works without exceptions too.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "millwright/core/error.hpp"

namespace millwright::test {

inline void stop_unless(bool good, const error* e) {
  if (good) return;
  std::fprintf(stderr, "%s\n", e->message().c_str());
  std::abort();
}
template <class T>
T must(result<T> r) {
  stop_unless(r.has_value(), r ? nullptr : &r.error());
  return *std::move(r);
}
inline void must(const result<void>& r) { stop_unless(r.has_value(), r ? nullptr : &r.error()); }

}  // namespace millwright::test
