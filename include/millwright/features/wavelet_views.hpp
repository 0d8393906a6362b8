#pragma once

#include <array>

#include "millwright/features/centred_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/wavelet/wavelet_packets.hpp"
#include "millwright/wavelet/wavelet_transform.hpp"

namespace millwright {

/// Place of "db4" in wavelet::names(); a test holds it.
inline constexpr double default_wavelet = 4.0;

/// Energies of the wavelet bands of one window less its mean, mode periodization, so that with an orthogonal wavelet they add up to
/// the window's. Transform: wavelet_transform or wavelet_packet_transform.
template <class Transform>
class wavelet_view {
 public:
  static constexpr bool is_packets = std::is_same_v<Transform, wavelet_packet_transform<double>>;
  static constexpr std::string_view id = is_packets ? "wavelet_packets" : "wavelet";
  static constexpr std::string_view doc = is_packets ? "energies of the wavelet packets" : "energies of the wavelet levels";
  static constexpr std::array<view_argument, 2> key = {{{"level", is_packets ? 3.0 : 5.0}, {"wavelet", default_wavelet}}};
  using needs = view_list<centred_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept { transform_.reset(); }
  bool compute(const view_input& in, const centred_view& centred) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return !(energies.total > 0.0); }

  wavelet_energies energies;  ///< in order of frequency

 private:
  Transform transform_;
};

using wavelet_levels_view = wavelet_view<wavelet_transform<double>>;
using wavelet_packets_view = wavelet_view<wavelet_packet_transform<double>>;

}  // namespace millwright
