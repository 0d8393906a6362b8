#include <algorithm>

#include "core/nearest_name.hpp"
#include "millwright/core/any_stage.hpp"

namespace millwright {

namespace detail {

error unknown_stage(std::string_view id, const std::vector<std::string_view>& known) {
  return {errc::invalid_argument, "pipeline", "there is no stage \"" + std::string(id) + "\" in this program", suggestion(id, known)};
}

error wrong_version(std::string_view stage, std::uint16_t stored, std::uint16_t known) {
  return {errc::incompatible, stage,
          "the bundle's stage has version " + std::to_string(stored) + ", this program has " + std::to_string(known),
          "update millwright, or fit the pipeline again"};
}

error takes_memory_in_prepare(std::string_view stage) {
  return {errc::invalid_argument, stage,
          std::string(stage) + " takes memory in prepare alone, so copies that run side by side would have none",
          "take it in a member `void take(workspace&) noexcept` that prepare calls"};
}

error wrong_tensor(std::string_view stage, std::string_view name, std::string_view why) {
  return {errc::corrupt_file, stage, "learned array \"" + std::string(name) + "\" cannot be used: " + std::string(why),
          "save the bundle again from the fitted pipeline"};
}

namespace {

/// Calls f with a null pointer to the element type.
template <class F>
decltype(auto) visit_dtype(dtype type, const F& f) {
  switch (type) {
    case dtype::f64: return f(static_cast<double*>(nullptr));
    case dtype::f32: return f(static_cast<float*>(nullptr));
    case dtype::i64: return f(static_cast<std::int64_t*>(nullptr));
    case dtype::i32: return f(static_cast<std::int32_t*>(nullptr));
    case dtype::u16: return f(static_cast<std::uint16_t*>(nullptr));
    case dtype::u8: break;
  }
  return f(static_cast<std::uint8_t*>(nullptr));
}

/// Values that a shape has; more than memory can hold: nothing.
std::optional<std::size_t> values_of(std::span<const std::size_t> shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent != 0 && count > static_cast<std::size_t>(-1) / 16 / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

}  // namespace

std::vector<tensor_view> read_model(const void* object, std::span<const learned_info> model) {
  std::vector<tensor_view> list;
  for (const learned_info& m : model) {
    const std::byte* member = static_cast<const std::byte*>(object) + m.offset;
    if (m.is_scalar) {
      list.push_back({m.name, m.type, {}, {member, size_of(m.type)}});
      continue;
    }
    visit_dtype(m.type, [&]<class T>(T*) {
      const auto& array = *reinterpret_cast<const learned_array<T>*>(member);
      if (array.is_set()) list.push_back({m.name, m.type, array.shape(), std::as_bytes(array.values())});
    });
  }
  return list;
}

result<void> write_learned(void* object, std::span<const learned_info> model, std::string_view stage, const tensor_view& tensor) {
  const auto found = std::find_if(model.begin(), model.end(), [&](const learned_info& m) { return m.name == tensor.name; });
  if (model.empty()) return wrong_tensor(stage, tensor.name, "this stage learns nothing");
  if (found == model.end()) return wrong_tensor(stage, tensor.name, "this version does not know it");
  if (tensor.type != found->type) return wrong_tensor(stage, tensor.name, "it has another element type than this version writes");
  if (found->is_scalar && !tensor.shape.empty()) return wrong_tensor(stage, tensor.name, "it should be a scalar");
  const auto count = values_of(tensor.shape);
  if (!count || tensor.bytes.size() != *count * size_of(tensor.type)) {
    return wrong_tensor(stage, tensor.name, "its shape and its size disagree");
  }
  std::byte* member = static_cast<std::byte*>(object) + found->offset;
  if (found->is_scalar) {
    std::memcpy(member, tensor.bytes.data(), tensor.bytes.size());
    return {};
  }
  visit_dtype(tensor.type, [&]<class T>(T*) {
    std::vector<T> values(*count);
    if (*count > 0) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    *reinterpret_cast<learned_array<T>*>(member) = learned_array<T>(std::move(values), tensor.shape);
  });
  return {};
}

}  // namespace detail

}  // namespace millwright
