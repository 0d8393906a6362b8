#include "millwright/features/wavelet_views.hpp"

#include "millwright/wavelet/wavelet.hpp"

namespace millwright {

template <class Transform>
result<void> wavelet_view<Transform>::prepare(const view_request& request, workspace& memory, workspace&) {
  const auto names = wavelet::names();
  MILLWRIGHT_TRY(const wavelet chosen, wavelet::from_name(names[static_cast<std::size_t>(request.key[1])]));
  return transform_.prepare(chosen, wavelet_mode::periodization, static_cast<std::size_t>(request.key[0]), request.length, memory);
}

template <class Transform>
bool wavelet_view<Transform>::compute(const view_input&, const centred_view& centred) noexcept {
  transform_.compute(centred.x.data());
  energies = transform_.energies();
  return true;
}

template class wavelet_view<wavelet_transform<double>>;
template class wavelet_view<wavelet_packet_transform<double>>;

}  // namespace millwright
