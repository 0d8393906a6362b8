#include "detect/kernel/linear_one_class.hpp"

#include <algorithm>
#include <cstdint>

#include "detect/kernel/smo.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t working_rows = 512;
constexpr int most_rounds = 2000;
constexpr std::int64_t most_steps = 200'000;  // of one working set

class decomposition {
 public:
  decomposition(const double* rows, std::size_t n, std::size_t width, double total, double tolerance)
      : rows_(rows),
        n_(n),
        width_(width),
        tolerance_(tolerance * total),
        kernels_(active_kernels()),
        alpha_(n, total / static_cast<double>(n)),  // spread evenly: no row is special
        gradient_(n) {}

  linear_one_class run() {
    linear_one_class s;
    for (int round = 0; round < most_rounds; ++round) {
      compute_gradient();
      choose();
      if (violation_ <= tolerance_) {
        s.converged = true;
        break;
      }
      solve_chosen();
    }
    s.rho = rho_of(alpha_, gradient_);
    s.weights = std::move(weights_);
    s.vector_count = static_cast<std::size_t>(std::count_if(alpha_.begin(), alpha_.end(), [](double a) { return a > 0.0; }));
    return s;
  }

 private:
  [[nodiscard]] const double* row(std::size_t i) const noexcept { return rows_ + i * width_; }

  /// From the multipliers alone, so that rounding does not gather over the rounds.
  void compute_gradient() {
    weights_.assign(width_, 0.0);
    for (std::size_t i = 0; i < n_; ++i) {
      if (!(alpha_[i] > 0.0)) continue;
      for (std::size_t c = 0; c < width_; ++c) weights_[c] += alpha_[i] * row(i)[c];
    }
    for (std::size_t i = 0; i < n_; ++i) gradient_[i] = kernels_.dot(weights_.data(), row(i), width_);
  }

  /// Half of the working set from the rows that should grow most, half from those that should shrink most; ties by number.
  void choose() {
    growing_.clear();
    shrinking_.clear();
    for (std::size_t i = 0; i < n_; ++i) {
      if (alpha_[i] < 1.0) growing_.push_back(i);
      if (alpha_[i] > 0.0) shrinking_.push_back(i);
    }
    keep_first(growing_,
               [this](std::size_t a, std::size_t b) { return gradient_[a] != gradient_[b] ? gradient_[a] < gradient_[b] : a < b; });
    keep_first(shrinking_,
               [this](std::size_t a, std::size_t b) { return gradient_[a] != gradient_[b] ? gradient_[a] > gradient_[b] : a < b; });
    violation_ = growing_.empty() || shrinking_.empty() ? 0.0 : gradient_[shrinking_[0]] - gradient_[growing_[0]];
    chosen_ = growing_;
    chosen_.insert(chosen_.end(), shrinking_.begin(), shrinking_.end());
    std::sort(chosen_.begin(), chosen_.end());
    chosen_.erase(std::unique(chosen_.begin(), chosen_.end()), chosen_.end());
  }

  template <class Order>
  static void keep_first(std::vector<std::size_t>& list, Order order) {
    const std::size_t kept = std::min(list.size(), working_rows / 2);
    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(kept), list.end(), order);
    list.resize(kept);
  }

  void solve_chosen() {
    const std::size_t q = chosen_.size();
    std::vector<double> products(q * q);
    for (std::size_t a = 0; a < q; ++a) {
      for (std::size_t b = 0; b <= a; ++b)
        products[a * q + b] = products[b * q + a] = kernels_.dot(row(chosen_[a]), row(chosen_[b]), width_);
    }
    std::vector<double> diagonal(q);
    std::vector<double> linear(q);
    std::vector<double> start(q);
    double total = 0.0;
    for (std::size_t a = 0; a < q; ++a) {
      start[a] = alpha_[chosen_[a]];
      total += start[a];
      diagonal[a] = products[a * q + a];
    }
    for (std::size_t a = 0; a < q; ++a) linear[a] = gradient_[chosen_[a]] - kernels_.dot(&products[a * q], start.data(), q);
    const auto column = [&](std::size_t a, float* out) {
      for (std::size_t b = 0; b < q; ++b) out[b] = static_cast<float>(products[a * q + b]);
    };
    const smo_solution solution = solve_smo({.size = q,
                                             .column = column,
                                             .diagonal = diagonal,
                                             .linear = linear,
                                             .start = start,
                                             .total = total,
                                             .tolerance = std::max(0.1 * tolerance_, 1e-3 * violation_),
                                             .cache_bytes = q * q * sizeof(float),
                                             .max_iterations = most_steps});
    for (std::size_t a = 0; a < q; ++a) alpha_[chosen_[a]] = solution.alpha[a];
  }

  const double* rows_;
  std::size_t n_;
  std::size_t width_;
  double tolerance_;
  const kernel_table& kernels_;
  std::vector<double> alpha_;
  std::vector<double> gradient_;
  std::vector<double> weights_;
  std::vector<std::size_t> growing_, shrinking_, chosen_;
  double violation_ = 0.0;
};

}  // namespace

linear_one_class solve_linear_one_class(const double* rows, std::size_t n, std::size_t width, double total, double tolerance) {
  return decomposition(rows, n, width, total, tolerance).run();
}

}  // namespace millwright::detail
