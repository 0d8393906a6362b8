#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detect/network/dense_network.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright::detail {

struct training_options {
  double clip = 5.0;
  std::size_t epochs = 1;
  std::size_t batch = 32;
  double learning_rate = 0.005;
  double held_out = 0.2;
  std::size_t patience = 20;
  std::uint64_t seed = 0;
};

struct trained_network {
  std::vector<double> weights;         ///< empty: training diverged
  std::vector<double> residual_scale;  ///< root mean square over all rows, of each column
  std::size_t epoch = 0;               ///< whose weights these are; 0: the start
};

/// Trains the network to give rows, held to +-clip, back; see autoencoder.hpp. Deterministic.
[[nodiscard]] trained_network train_autoencoder(const dense_network& network, const standardized_rows& rows,
                                                const training_options& options);

}  // namespace millwright::detail
