// Fields of records as NDJSON and CSV write them: by type and kind, never by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "millwright/core/record.hpp"
#include "millwright/data/quality.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

/// Calls visit(name) for each bit that is set, lowest first.
template <class Visit>
void for_each_quality(std::uint32_t set, Visit&& visit) {
  for (const bit_name& b : quality_bits) {
    if ((set & b.bit) != 0) visit(b.name);
  }
}

/// A value as JSON; a time that is not yet: null; quality: the list of its names.
template <class Owner, class T>
void append_json_field(std::string& out, const field<Owner, T>& f, const Owner& object) {
  const T& value = object.*(f.member);
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    append_json_text(out, to_string(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    append_json_number(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    if (f.kind == field_kind::quality) {
      out += '[';
      bool first = true;
      for_each_quality(static_cast<std::uint32_t>(value), [&](std::string_view name) {
        if (!first) out += ',';
        first = false;
        append_json_text(out, name);
      });
      out += ']';
    } else if (f.kind == field_kind::open_time && value == 0) {
      out += "null";
    } else if constexpr (std::is_signed_v<T>) {
      append_integer(out, static_cast<std::int64_t>(value));
    } else {
      append_integer(out, static_cast<std::uint64_t>(value));
    }
  } else {
    append_json_text(out, value);
  }
}

/// A value as CSV; a time that is not yet: nothing; quality: its names, joined by |.
template <class Owner, class T>
void append_csv_field(std::string& out, const field<Owner, T>& f, const Owner& object) {
  const T& value = object.*(f.member);
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? '1' : '0';
  } else if constexpr (std::is_enum_v<T>) {
    append_csv_text(out, to_string(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    append_csv_number(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    if (f.kind == field_kind::quality) {
      bool first = true;
      for_each_quality(static_cast<std::uint32_t>(value), [&](std::string_view name) {
        if (!first) out += '|';
        first = false;
        out += name;
      });
    } else if (f.kind == field_kind::open_time && value == 0) {
      return;
    } else if constexpr (std::is_signed_v<T>) {
      append_integer(out, static_cast<std::int64_t>(value));
    } else {
      append_integer(out, static_cast<std::uint64_t>(value));
    }
  } else {
    append_csv_text(out, value);
  }
}

}  // namespace millwright::tool
