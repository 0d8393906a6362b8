#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "millwright/core/arena_memory.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

template <class Transform>
struct fft_lease<Transform>::entry {
  detail::arena_memory memory;
  const detail::kernel_table* kernels = nullptr;
  Transform transform;
};

/// Transforms that nobody borrows, the one given back last at the end.
template <class Transform>
class fft_lease<Transform>::cache {
 public:
  /// Never destroyed, because leases of other static objects may end later. Still reachable, so no leak.
  static cache& of_process() noexcept {
    static cache& only = *new cache;
    return only;
  }

  /// nullptr when there is none of this length.
  [[nodiscard]] entry* take(std::size_t n, const detail::kernel_table& kernels) noexcept {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = count_; i-- > 0;) {
      if (idle_[i]->transform.size() == n && idle_[i]->kernels == &kernels) return remove(i);
    }
    return nullptr;
  }

  void give_back(entry* returned) noexcept {
    if (returned->memory.bytes().size() > most_bytes) {
      delete returned;
      return;
    }
    entry* dropped[most_entries];  // destroyed after the lock is released
    std::size_t drops = 0;
    {
      const std::lock_guard lock(mutex_);
      while (count_ == most_entries || bytes_ + returned->memory.bytes().size() > most_bytes) dropped[drops++] = remove(0);
      idle_[count_++] = returned;
      bytes_ += returned->memory.bytes().size();
    }
    while (drops > 0) delete dropped[--drops];
  }

 private:
  static constexpr std::size_t most_entries = 64;
  static constexpr std::size_t most_bytes = std::size_t{64} << 20;

  entry* remove(std::size_t i) noexcept {
    entry* const removed = idle_[i];
    bytes_ -= removed->memory.bytes().size();
    --count_;
    for (; i < count_; ++i) idle_[i] = idle_[i + 1];
    return removed;
  }

  std::mutex mutex_;
  entry* idle_[most_entries] = {};
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

template <class Transform>
result<fft_lease<Transform>> fft_lease<Transform>::borrow(std::size_t n) {
  const detail::kernel_table& kernels = detail::active_kernels();
  if (entry* const kept = cache::of_process().take(n, kernels)) return fft_lease(kept);

  const error no_memory(errc::out_of_memory, "fft_lease", "no memory for a transform of length " + std::to_string(n));
  std::unique_ptr<entry> made(new (std::nothrow) entry);
  if (made == nullptr) return no_memory;
  workspace measure;
  if (auto r = made->transform.prepare(n, measure); !r) return r.error();
  auto memory = detail::arena_memory::take(measure.bytes_used(), "fft_lease");
  if (!memory) return no_memory;
  made->memory = std::move(*memory);
  workspace carve(made->memory.bytes());
  if (auto r = made->transform.prepare(n, carve); !r) return r.error();
  made->transform.reset();
  made->kernels = &kernels;
  return fft_lease(made.release());
}

template <class Transform>
fft_lease<Transform>::~fft_lease() {
  if (entry_ != nullptr) cache::of_process().give_back(entry_);
}

template <class Transform>
Transform& fft_lease<Transform>::operator*() const noexcept {
  return entry_->transform;
}

template class fft_lease<real_fft<float>>;
template class fft_lease<real_fft<double>>;
template class fft_lease<complex_fft<float>>;
template class fft_lease<complex_fft<double>>;

}  // namespace millwright
