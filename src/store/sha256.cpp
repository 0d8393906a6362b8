#include "store/sha256.hpp"

#include <sodium.h>

namespace millwright::detail {

std::array<std::uint8_t, 32> sha256(std::span<const std::byte> bytes) noexcept {
  static_assert(crypto_hash_sha256_BYTES == 32);
  std::array<std::uint8_t, 32> digest = {};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest;
}

}  // namespace millwright::detail
