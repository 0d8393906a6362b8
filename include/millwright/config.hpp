// The only macros of the public headers.
#pragma once

#include <cstdlib>

/// 1 when the including translation unit is compiled with exceptions; decides whether result<T>::value() exists.
#if defined(__cpp_exceptions) && !defined(MILLWRIGHT_NO_EXCEPTIONS)
#define MILLWRIGHT_HAS_EXCEPTIONS 1
#else
#define MILLWRIGHT_HAS_EXCEPTIONS 0
#endif

/// Programmer errors (broken preconditions) end here; define it before the first include to replace the handler.
#ifndef MILLWRIGHT_ASSERT
#define MILLWRIGHT_ASSERT(condition) ((condition) ? static_cast<void>(0) : std::abort())
#endif

#define MILLWRIGHT_CONCAT_INNER(a, b) a##b
#define MILLWRIGHT_CONCAT(a, b) MILLWRIGHT_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a result<...>) from the enclosing function, or goes on.
#define MILLWRIGHT_CHECK(expression)               \
  do {                                             \
    if (auto checked_ = (expression); !checked_) { \
      return checked_.error();                     \
    }                                              \
  } while (false)

/// `MILLWRIGHT_TRY(auto x, f())`: binds the value of a result, or returns its error from the enclosing function.
#define MILLWRIGHT_TRY(declaration, expression)            \
  auto MILLWRIGHT_CONCAT(tried_, __LINE__) = (expression); \
  if (!MILLWRIGHT_CONCAT(tried_, __LINE__)) {              \
    return MILLWRIGHT_CONCAT(tried_, __LINE__).error();    \
  }                                                        \
  declaration = *std::move(MILLWRIGHT_CONCAT(tried_, __LINE__))
