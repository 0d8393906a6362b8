#pragma once

#include "millwright/any_signal_stage.hpp"
#include "millwright/signal/teager_energy.hpp"
#include "millwright/vibration/envelope.hpp"
#include "millwright/vibration/high_frequency_energy.hpp"
#include "millwright/vibration/peak_hold.hpp"

namespace millwright {

/// Every signal stage of the library: one line a stage, by family. The Python classes of millwright.streaming, documentation and the
/// conformance and allocation tests follow from this list.
using builtin_signal_stages = signal_stage_list<
    // filters

    // spectra

    // envelope and bearings
    envelope, peak_hold, high_frequency_energy,

    // rotation

    // wavelets

    // shape
    teager_energy>;

/// The registry over builtin_signal_stages; Real is float or double.
template <class Real>
[[nodiscard]] const signal_stage_registry<Real>& builtin_signal_registry();

}  // namespace millwright
