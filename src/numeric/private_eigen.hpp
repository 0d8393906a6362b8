// Eigen in a namespace of its own: a program that links this library and compiles Eigen with other options (vectorised, other
// alignment) must not share its inline functions with ours, in either direction. For source files only.
#pragma once

#ifndef EIGEN_DONT_VECTORIZE
#define EIGEN_DONT_VECTORIZE
#endif
#define Eigen millwright_private_eigen
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#undef Eigen

namespace millwright::detail {

namespace eigen = ::millwright_private_eigen;
using eigen_matrix = eigen::Matrix<double, eigen::Dynamic, eigen::Dynamic, eigen::RowMajor>;

/// Eigen cuts products into blocks by cache size, which orders their sums: fixed, so that every machine sums alike.
inline void fix_block_sizes() { eigen::setCpuCacheSizes(32 * 1024, 256 * 1024, 2 * 1024 * 1024); }

}  // namespace millwright::detail
