#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace millwright {

/// Numbers that are computed once for a model and constant from then on: twiddles, tapers, search trees. All streams and threads of a
/// model share them, so only the instance that finds `fill` set may write them, in reset.
template <class T>
struct table {
  std::span<T> values;
  bool fill = false;

  [[nodiscard]] T* data() const noexcept { return values.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return values.size(); }
  [[nodiscard]] bool empty() const noexcept { return values.empty(); }
  [[nodiscard]] T& operator[](std::size_t i) const noexcept { return values[i]; }
  [[nodiscard]] auto begin() const noexcept { return values.begin(); }
  [[nodiscard]] auto end() const noexcept { return values.end(); }
};

/// Bytes by how long they live and who shares them.
struct memory_sizes {
  std::size_t plan = 0;     ///< tables: once for a model, shared by its streams and threads, constant while they run
  std::size_t state = 0;    ///< what one asset carries from sample to sample: once for each stream
  std::size_t scratch = 0;  ///< holds nothing between two calls: once for each thread

  [[nodiscard]] constexpr std::size_t total() const noexcept { return plan + state + scratch; }
};

/// The memory from which a model and its streams take all they need, once. The same code runs twice: first on a measuring workspace,
/// which only counts bytes, then on one that owns memory of exactly that size.
///
/// Memory comes in three regions (see memory_sizes). A workspace over a single piece of memory takes all three from it, in the order of
/// the calls: for a stage that runs alone.
///
/// Rule for stages: what was carved is filled in `reset`, never while carving.
class workspace {
 public:
  /// Every span starts on a cache line, which also satisfies the widest SIMD load.
  static constexpr std::size_t alignment = 64;

  /// One region in the caller's hands; each starts aligned to `alignment`.
  struct regions {
    std::span<std::byte> plan;
    std::span<std::byte> state;
    std::span<std::byte> scratch;
    bool plan_is_filled = false;     ///< another instance of the same model has filled the tables
    bool scratch_is_filled = false;  ///< an instance of the same model lives in the scratch region already: share it
  };

  /// Measures: spans are empty, bytes_used() grows.
  workspace() noexcept = default;

  /// Carves everything from `memory`, whose start must be aligned to `alignment`.
  explicit workspace(std::span<std::byte> memory) noexcept : measuring_(false), single_(true) { region_[0].memory = memory; }

  explicit workspace(const regions& r) noexcept
      : measuring_(false), plan_is_filled_(r.plan_is_filled), scratch_is_filled_(r.scratch_is_filled) {
    region_[plan_at].memory = r.plan;
    region_[state_at].memory = r.state;
    region_[scratch_at].memory = r.scratch;
  }

  /// `count` objects of T that live as long as the stage, zeroed. Empty when measuring, or when the memory does not suffice (then
  /// `exhausted()`).
  template <class T>
  [[nodiscard]] std::span<T> carve(std::size_t count) noexcept {
    return stateless_ ? carve_scratch<T>(count) : take<T>(state_at, count, true);
  }
  /// `count` objects of T for the length of one call; another stage may write them between two.
  template <class T>
  [[nodiscard]] std::span<T> carve_scratch(std::size_t count) noexcept {
    return take<T>(scratch_at, count, !scratch_is_filled_);
  }
  /// A table of `count` numbers.
  template <class T>
  [[nodiscard]] table<T> carve_table(std::size_t count) noexcept {
    return {take<T>(plan_at, count, !plan_is_filled_), !plan_is_filled_};
  }

  /// While it lives, what the workspace gives as a stage's own memory lies in the scratch region: for stages that carry nothing from one
  /// call to the next, one of which serves all streams of a thread.
  class stateless_scope {
   public:
    explicit stateless_scope(workspace& memory) noexcept : memory_(&memory), before_(memory.stateless_) { memory.stateless_ = true; }
    ~stateless_scope() { memory_->stateless_ = before_; }
    stateless_scope(const stateless_scope&) = delete;
    stateless_scope& operator=(const stateless_scope&) = delete;

   private:
    workspace* memory_;
    bool before_;
  };

  /// Inside a stateless_scope: the object that would be placed here next stands here already.
  [[nodiscard]] bool holds_instance() const noexcept { return stateless_ && scratch_is_filled_; }
  [[nodiscard]] bool measuring() const noexcept { return measuring_; }
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  [[nodiscard]] std::size_t bytes_used() const noexcept { return sizes().total(); }
  [[nodiscard]] memory_sizes sizes() const noexcept { return {region_[plan_at].used, region_[state_at].used, region_[scratch_at].used}; }

 private:
  static constexpr std::size_t plan_at = 0;
  static constexpr std::size_t state_at = 1;
  static constexpr std::size_t scratch_at = 2;

  struct region {
    std::span<std::byte> memory;
    std::size_t used = 0;
  };

  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t which, std::size_t count, bool zero) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= alignment);
    constexpr std::size_t largest = static_cast<std::size_t>(-1) / 2;
    region& from = region_[single_ ? plan_at : which];
    if (count > largest / sizeof(T) || from.used > largest - alignment - count * sizeof(T)) {
      exhausted_ = true;
      return {};
    }
    const std::size_t start = from.used;
    from.used = start + (count * sizeof(T) + alignment - 1) / alignment * alignment;
    if (measuring_) return {};
    if (from.used > from.memory.size()) {
      exhausted_ = true;
      return {};
    }
    std::byte* bytes = from.memory.data() + start;
    if (zero) std::memset(static_cast<void*>(bytes), 0, from.used - start);
    return {reinterpret_cast<T*>(bytes), count};
  }

  std::array<region, 3> region_ = {};
  bool measuring_ = true;
  bool single_ = false;
  bool plan_is_filled_ = false;
  bool scratch_is_filled_ = false;
  bool stateless_ = false;
  bool exhausted_ = false;
};

}  // namespace millwright
