#if defined(__x86_64__)

#define MILLWRIGHT_XSIMD_NAMESPACE millwright_xsimd_avx512
#include "kernels/xsimd_compat.hpp"

#include "kernels/kernels.inl.hpp"

namespace millwright::detail {

extern const kernel_table avx512_kernels;
constexpr kernel_table avx512_kernels = make_table<avx512_arch>(kernel_level::avx512);

}  // namespace millwright::detail

#endif
