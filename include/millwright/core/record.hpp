#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace millwright {

// A record is a plain struct that is described once:
//
//   static constexpr std::uint16_t record_version = 1;
//   static constexpr auto fields() { return std::tuple{field{"peak_severity", &episode::peak_severity, "..."}, ...}; }
//
// NDJSON, CSV, bundles, checkpoints, Python objects and docs walk fields(); nothing else names a field. A field that comes later stands
// at the end, with the record_version that it came with: older files are read without it.

/// How a field's value is to be read, beyond its type.
enum class field_kind : std::uint8_t {
  plain,
  time,       ///< nanoseconds since 1970-01-01 UTC
  open_time,  ///< the same; 0: not yet
  quality,    ///< bits of millwright::quality
};

/// Describes one member of a record.
template <class Owner, class T>
struct field {
  std::string_view name;
  T Owner::*member;
  std::string_view doc;
  field_kind kind = field_kind::plain;
  std::uint16_t since = 1;  ///< record_version that brought it

  using owner_type = Owner;
  using value_type = T;
};
template <class Owner, class T>
field(const char*, T Owner::*, const char*) -> field<Owner, T>;
template <class Owner, class T>
field(const char*, T Owner::*, const char*, field_kind) -> field<Owner, T>;
template <class Owner, class T>
field(const char*, T Owner::*, const char*, field_kind, int) -> field<Owner, T>;

template <class T>
concept record = requires {
  T::fields();
  { T::record_version } -> std::convertible_to<std::uint16_t>;
};

/// Calls f(field) for each field of a record, in order.
template <record T, class F>
constexpr void for_each_field(F&& f) {
  std::apply([&](const auto&... d) { (f(d), ...); }, T::fields());
}

/// Writes or reads every field that `version` of the record has; see archive.hpp.
template <record T, class Archive>
void persist_record(T& object, Archive& archive, std::uint16_t version = T::record_version) {
  for_each_field<std::remove_const_t<T>>([&](const auto& f) {
    if (f.since <= version) archive(object.*(f.member));
  });
}

/// Bits with names, lowest first: described once, as records are.
struct bit_name {
  std::uint32_t bit = 0;
  std::string_view name;
  std::string_view doc;
};

}  // namespace millwright
