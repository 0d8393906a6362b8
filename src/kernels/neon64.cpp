#if defined(__aarch64__)

#define MILLWRIGHT_XSIMD_NAMESPACE millwright_xsimd_neon64
#include "kernels/xsimd_compat.hpp"

#include "kernels/kernels.inl.hpp"

namespace millwright::detail {

extern const kernel_table neon64_kernels;
constexpr kernel_table neon64_kernels = make_table<neon64_arch>(kernel_level::neon64);

}  // namespace millwright::detail

#endif
