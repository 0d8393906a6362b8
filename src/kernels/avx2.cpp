#if defined(__x86_64__)

#define MILLWRIGHT_XSIMD_NAMESPACE millwright_xsimd_avx2
#include "kernels/xsimd_compat.hpp"

#include "kernels/kernels.inl.hpp"

namespace millwright::detail {

extern const kernel_table avx2_kernels;
constexpr kernel_table avx2_kernels = make_table<avx2_arch>(kernel_level::avx2);

}  // namespace millwright::detail

#endif
