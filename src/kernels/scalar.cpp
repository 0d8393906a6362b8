#include "kernels/kernels.inl.hpp"

namespace millwright::detail {

extern const kernel_table scalar_kernels;
constexpr kernel_table scalar_kernels = make_table<scalar_arch>(kernel_level::scalar);

}  // namespace millwright::detail
