#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/statistics/standardizer.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace detail {
struct kernel_table;
}

/// A small dense autoencoder: a network that gives its input back through a narrow layer, and so only what it knows from normal operation.
/// Rows in, one score per row out: the norm of the residual, each column's in units of its root mean square over the training rows.
///
/// Hidden layers have the sizes `hidden` and the activation; the output is linear. The network sees values held to +-`clip` scales, the
/// residual is against the values themselves, so that a row far outside cannot be given back. With activation linear and clip large it
/// learns the subspace of the first principal components. Columns that do not vary take no part; a row with a value that is not
/// finite scores NaN.
///
/// Trained by Adam on the mean square residual, batch after batch in an order drawn from the seed, from Glorot's uniform start; stops when
/// the held-out block, the last `held_out` of the rows, has not improved for `patience` epochs, and keeps the best weights. The same
/// bytes on every machine. O(weights) a row; fitting O(epochs x rows x weights), on at most 65536 rows at even distances.
/// Sources: Kramer, AIChE Journal 37 (1991); Sakurada & Yairi, MLSDA 2014; Kingma & Ba, ICLR 2015; Glorot & Bengio, AISTATS 2010.
class autoencoder {
 public:
  static constexpr std::string_view id = "autoencoder";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Small dense autoencoder: rows that a narrow network trained on normal operation cannot give back score high.";

  std::vector<double> hidden;
  std::string activation = "tanh";
  double clip = 5.0;
  std::int64_t epochs = 200;
  std::int64_t batch = 32;
  double learning_rate = 0.005;
  double held_out = 0.2;
  std::int64_t patience = 20;
  std::int64_t seed = 0;
  std::string scaling = "standard";

  learned_array<double> center_;
  learned_array<double> scale_;
  learned_array<std::int32_t> layers_;
  learned_array<double> weights_;
  learned_array<double> residual_scale_;
  std::int64_t epochs_ = 0;

  static auto params() {
    using self = autoencoder;
    return std::tuple{
        numbers("hidden", &self::hidden, 1, 256, unit::none,
                "sizes of the hidden layers, at most seven; none given: two thirds, one third and two thirds of the columns"),
        choice("activation", &self::activation, "tanh", "tanh|relu|linear", "of the hidden layers"),
        number("clip", &self::clip, 5.0, 0.1, 1e6, unit::none, "the network sees values up to this many scales from the centre"),
        integer("epochs", &self::epochs, 200, 1, 10000, unit::none, "most passes over the training rows"),
        integer("batch", &self::batch, 32, 1, 4096, unit::window, "rows of one step"),
        number("learning_rate", &self::learning_rate, 0.005, 1e-6, 1, unit::none, "step size of Adam"),
        number("held_out", &self::held_out, 0.2, 0.05, 0.5, unit::share, "last part of the training rows, which decides when to stop"),
        integer("patience", &self::patience, 20, 1, 1000, unit::none, "epochs without improvement after which training stops"),
        random_seed(&self::seed),
        choice("scaling", &self::scaling, "standard", "standard|robust",
               "scale of a column: mean and standard deviation, or median and 1.4826 MAD"),
    };
  }
  static auto model() {
    using self = autoencoder;
    return std::tuple{
        learned{"center", &self::center_, "location of each column [columns]"},
        learned{"scale", &self::scale_, "spread of each column; 0: not used [columns]"},
        learned{"layers", &self::layers_, "values in each layer, input and output included"},
        learned{"weights", &self::weights_, "layer by layer, output by output: a weight for each input, then the bias"},
        learned{"residual_scale", &self::residual_scale_, "root mean square residual of each used column"},
        learned{"epochs_run", &self::epochs_, "epoch whose weights were kept"},
    };
  }

  /// Output: one column "autoencoder". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void drop_fit_settings() noexcept { hidden.clear(); }
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(autoencoder&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies, more than 262144 weights, training that diverges.
  result<void> finish();

  /// Squared residual of each column in units of its scale; they sum to the squared score.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  /// Fills residual_ for the row in standardizer_.
  void reconstruct() noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  detail::standardizer standardizer_;
  std::span<double> activations_;  // of all layers, one after the other; scratch
  std::span<double> residual_;     // scratch
  detail::training_rows training_;
};

static_assert(learner<autoencoder> && explains<autoencoder>);

}  // namespace millwright
