#pragma once

#include "millwright/core/any_signal_stage.hpp"
#include "millwright/filter/decimator.hpp"
#include "millwright/filter/fir_filter.hpp"
#include "millwright/filter/integrate.hpp"
#include "millwright/filter/octave_filter_bank.hpp"
#include "millwright/filter/resampler.hpp"
#include "millwright/filter/sos_filter.hpp"
#include "millwright/filter/velocity_severity.hpp"
#include "millwright/rotation/gear_condition_stage.hpp"
#include "millwright/rotation/order_tracker.hpp"
#include "millwright/rotation/synchronous_average.hpp"
#include "millwright/rotation/tacho.hpp"
#include "millwright/signal/hilbert.hpp"
#include "millwright/signal/mel.hpp"
#include "millwright/signal/sliding_dft.hpp"
#include "millwright/signal/spectral_kurtosis.hpp"
#include "millwright/signal/stft.hpp"
#include "millwright/signal/teager_energy.hpp"
#include "millwright/signal/welch_stage.hpp"
#include "millwright/signal/zoom_fft_stage.hpp"
#include "millwright/vibration/envelope.hpp"
#include "millwright/vibration/high_frequency_energy.hpp"
#include "millwright/vibration/peak_hold.hpp"
#include "millwright/wavelet/dwt_stage.hpp"
#include "millwright/wavelet/modwt_stage.hpp"

namespace millwright {

/// Every signal stage of the library: one line a stage, by family. The Python classes of millwright.streaming, documentation and the
/// conformance and allocation tests follow from this list.
using builtin_signal_stages = signal_stage_list<
    // filters
    sos_filter, fir_filter, decimator, resampler, integrator, velocity_severity, octave_filter_bank,

    // spectra
    stft_stage, spectrogram_stage, welch_stage, cross_spectrum_stage, coherence_stage, spectral_kurtosis_stage, hilbert_stage,
    log_mel_stage, mfcc_stage, sliding_dft, zoom_fft_stage,

    // envelope and bearings
    envelope, peak_hold, high_frequency_energy,

    // rotation
    tacho, order_tracker, synchronous_average, gear_condition_stage,

    // wavelets
    dwt_stage, modwt_stage,

    // shape
    teager_energy>;

/// Those that can stand in a pipeline between clock and frames. A list of their own, so that a gateway links no others.
using builtin_condition_stages = signal_stage_list<sos_filter, fir_filter, decimator, resampler, integrator, velocity_severity, envelope,
                                                   peak_hold, high_frequency_energy, teager_energy>;

/// The registry over builtin_condition_stages.
[[nodiscard]] const signal_stage_registry<float>& builtin_condition_registry();

/// The registry over builtin_signal_stages; Real is float or double.
template <class Real>
[[nodiscard]] const signal_stage_registry<Real>& builtin_signal_registry();

}  // namespace millwright
