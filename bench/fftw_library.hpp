// FFTW at run time, where its shared library is installed: never linked, because it is GPL.
#pragma once

#include <dlfcn.h>

#include <string>

namespace millwright {

/// The few functions of FFTW that a real transform needs, in one precision; found() tells whether there are any.
template <class Real>
struct fftw_library {
  static constexpr unsigned measure = 0;
  static constexpr unsigned estimate = 64;

  void* (*plan)(int, Real*, Real (*)[2], unsigned) = nullptr;
  void (*execute)(void*) = nullptr;
  void (*destroy)(void*) = nullptr;
  std::string version;  ///< with the instruction sets it was built for

  [[nodiscard]] bool found() const noexcept { return plan != nullptr && execute != nullptr && destroy != nullptr; }

  static fftw_library load() {
    const std::string prefix = sizeof(Real) == sizeof(float) ? "fftwf" : "fftw";
    fftw_library library;
    void* handle = dlopen(sizeof(Real) == sizeof(float) ? "libfftw3f.so.3" : "libfftw3.so.3", RTLD_NOW);
    if (handle == nullptr) return library;
    library.plan = reinterpret_cast<decltype(library.plan)>(dlsym(handle, (prefix + "_plan_dft_r2c_1d").c_str()));
    library.execute = reinterpret_cast<decltype(library.execute)>(dlsym(handle, (prefix + "_execute").c_str()));
    library.destroy = reinterpret_cast<decltype(library.destroy)>(dlsym(handle, (prefix + "_destroy_plan").c_str()));
    if (const auto* text = static_cast<const char*>(dlsym(handle, (prefix + "_version").c_str()))) library.version = text;
    return library;
  }
};

}  // namespace millwright
