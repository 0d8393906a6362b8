#if defined(__x86_64__)

#define MILLWRIGHT_XSIMD_NAMESPACE millwright_xsimd_sse2
#include "kernels/xsimd_compat.hpp"

#include "kernels/kernels.inl.hpp"

namespace millwright::detail {

extern const kernel_table sse2_kernels;
constexpr kernel_table sse2_kernels = make_table<sse2_arch>(kernel_level::sse2);

}  // namespace millwright::detail

#endif
