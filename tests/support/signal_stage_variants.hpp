// Settings under which every signal stage of the registry is tested: its defaults, every value of each of its choices and flags (found
// from the parameters' descriptors), and the rows of the table below. A new stage needs no line here until it has a number or a free
// text to set: SignalStages.EveryParameterIsVaried names what is missing.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "millwright/signal_stages.hpp"
#include "support/stage_settings.hpp"

namespace millwright::test {

/// Numbers low and high, for a rate of 2 kHz and 6,000 items: small memory, and several items out.
inline constexpr settings_row extra_settings[] = {
    {"sos_filter", "family=chebyshev1 band=lowpass order=1 ripple_db=0.1"},
    {"sos_filter", "family=chebyshev1 band=highpass order=5 low_hz=50 ripple_db=3"},
    {"sos_filter", "family=chebyshev1 band=bandstop order=2 low_hz=100 high_hz=300"},
    {"sos_filter", "family=chebyshev2 band=lowpass order=8 high_hz=250"},
    {"sos_filter", "family=chebyshev2 band=highpass order=6 low_hz=50 attenuation_db=80"},
    {"sos_filter", "family=chebyshev2 band=bandstop order=3 low_hz=100 high_hz=300 attenuation_db=20"},
    {"sos_filter", "family=elliptic band=lowpass order=7 high_hz=900"},
    {"sos_filter", "family=elliptic band=bandpass order=6 low_hz=100 high_hz=200 ripple_db=0.1 attenuation_db=60"},
    {"sos_filter", "family=elliptic band=bandstop order=2 low_hz=5 high_hz=300 start=rest"},
    {"sos_filter", "band=lowpass order=20 high_hz=400"},
    {"sos_filter", "sections=0.2,0.3,0.2,1,-0.5,0.25,1,-1,0,1,-0.9,0"},

    {"fir_filter", "length=1"},
    {"fir_filter", "length=2 high_hz=250"},
    {"fir_filter", "length=255 band=bandpass low_hz=5 high_hz=900"},
    {"fir_filter", "band=highpass low_hz=100 window=kaiser(beta=8.6)"},
    {"fir_filter", "band=bandstop low_hz=100 high_hz=300 window=boxcar"},
    {"fir_filter", "taps=0.25,-0.5,2"},

    {"decimator", "factor=1"},
    {"decimator", "factor=50"},
    {"decimator", "factor=7 order=5"},
    {"decimator", "factor=3 ftype=iir"},
    {"decimator", "factor=13 ftype=iir order=2"},
    {"decimator", "factor=10 order=301"},

    {"resampler", "up=3"},
    {"resampler", "up=3 down=1 beta=0"},
    {"resampler", "up=160 down=147"},
    {"resampler", "up=7 down=5 beta=14"},
    {"resampler", "up=2 down=9"},
    {"resampler", "down=1"},

    {"integrator", "order=2"},
    {"integrator", "low_hz=4 high_hz=400"},
    {"integrator", "order=2 low_hz=50 high_hz=999"},

    {"velocity_severity", "interval_s=0.01 settle_s=0"},
    {"velocity_severity", "low_hz=4 settle_s=0.5 interval_s=0.7"},
    {"velocity_severity", "low_hz=20 high_hz=400 input_unit=mm/s"},
    {"velocity_severity", "high_hz=999 interval_s=1.25 settle_s=1.5 input_unit=g"},

    {"octave_filter_bank", "bands=octave low_hz=20 interval_s=0.1"},
    {"octave_filter_bank", "low_hz=31.5 high_hz=250 level=mean_square"},
    {"octave_filter_bank", "low_hz=8 high_hz=500 interval_s=0.25"},
    {"octave_filter_bank", "bands=octave interval_s=1.25"},

    {"stft", "nperseg=1 noverlap=0"},
    {"stft", "nperseg=97 noverlap=60 nfft=100 detrend=linear scaling=density"},
    {"stft", "nperseg=300 nfft=1024 window=kaiser(beta=8.6) detrend=constant"},
    {"spectrogram", "nperseg=1 noverlap=0"},
    {"spectrogram", "nperseg=97 noverlap=60 nfft=100 detrend=linear scaling=spectrum"},
    {"spectrogram", "nperseg=300 nfft=1024 window=flattop detrend=none"},
    {"welch", "nperseg=1 noverlap=0 segments=300"},
    {"welch", "nperseg=97 noverlap=60 nfft=100 detrend=linear average=median segments=7"},
    {"welch", "nperseg=300 nfft=1024 window=boxcar detrend=none segments=1"},
    {"cross_spectrum", "nperseg=1 noverlap=0 segments=300"},
    {"cross_spectrum", "nperseg=97 noverlap=60 detrend=linear scaling=spectrum segments=1"},
    {"cross_spectrum", "nperseg=300 window=blackmanharris"},
    {"coherence", "nperseg=2 noverlap=0 segments=300"},
    {"coherence", "nperseg=97 noverlap=60 detrend=linear segments=1"},
    {"coherence", "nperseg=300 window=hamming"},
    {"spectral_kurtosis", "nperseg=2 noverlap=0 segments=300"},
    {"spectral_kurtosis", "nperseg=97 noverlap=60 window=tukey(alpha=0.25) segments=2"},
    {"spectral_kurtosis", "nperseg=300"},

    {"hilbert", "taps=3"},
    {"hilbert", "taps=31 beta=0"},
    {"hilbert", "taps=513 beta=12"},

    {"log_mel", "nperseg=128 noverlap=0 n_mels=1 f_lo=50 f_hi=800"},
    {"log_mel", "nperseg=1000 noverlap=900 n_mels=80 f_lo=1 f_hi=999 scale=htk window=gaussian(std=100)"},
    {"mfcc", "nperseg=128 noverlap=0 n_mels=8 n_mfcc=1 f_lo=50 f_hi=800"},
    {"mfcc", "nperseg=1000 noverlap=900 n_mels=80 n_mfcc=80 f_lo=1 f_hi=999 scale=htk window=blackman"},

    {"sliding_dft", "length=1"},
    {"sliding_dft", "frequencies_hz=0,70,410,1000 length=1000 hop=7"},
    {"sliding_dft", "frequencies_hz=33.3 length=64 hop=500"},

    {"zoom_fft", "f_lo=0 f_hi=1000 nperseg=64 window=boxcar"},
    {"zoom_fft", "f_lo=150 f_hi=190 nperseg=32 noverlap=31"},
    {"zoom_fft", "nperseg=300 noverlap=0"},

    {"envelope", "f_lo_hz=100 f_hi_hz=300"},
    {"envelope", "f_lo_hz=600 f_hi_hz=900 squared=false"},
    {"envelope", "f_max_hz=50"},
    {"envelope", "f_lo_hz=400 f_max_hz=100 squared=false transition_hz=50"},
    {"envelope", "transition_hz=200"},

    {"peak_hold", "f_lo_hz=200 f_hi_hz=700 f_max_hz=100"},
    {"peak_hold", "f_lo_hz=800 f_hi_hz=990 f_max_hz=700 transition_hz=20"},
    {"peak_hold", "f_max_hz=10 transition_hz=200"},

    {"high_frequency_energy", "f_lo_hz=100 f_hi_hz=400 interval_s=0.003 measure=peak_to_peak"},
    {"high_frequency_energy", "f_lo_hz=700 f_hi_hz=990 transition_hz=40"},
    {"high_frequency_energy", "interval_s=0.7 transition_hz=150"},

    {"tacho", "pulses_per_revolution=2 gear_ratio=2.5 min_rpm=600 auto_window_s=0.2"},
    {"tacho", "pulses_per_revolution=60 gear_ratio=0.1 min_rpm=10 threshold_mode=fixed threshold=2.5 hysteresis=1"},
    {"tacho", "edge=falling threshold_mode=fixed threshold=2.5 hysteresis=1 repair_periods=0"},
    {"tacho", "threshold_mode=fixed threshold=-0.5 hysteresis=0.5"},
    {"tacho", "auto_window_s=2.5 repair_periods=12"},
    {"tacho", "min_rpm=600 max_rpm=2000 speed_rate_hz=5 auto_window_s=0.2"},
    {"tacho", "max_rpm=60000 speed_rate_hz=2000 min_rpm=600 auto_window_s=0.2"},

    {"order_tracker", "samples_per_revolution=2 pulses_per_revolution=2 gear_ratio=2.5 min_rpm=600 auto_window_s=0.2 with_speed=true"},
    {"order_tracker", "samples_per_revolution=300 pulses_per_revolution=3 gear_ratio=0.5 min_rpm=10 threshold_mode=fixed threshold=2.5"},
    {"order_tracker", "edge=falling threshold_mode=fixed threshold=2.5 hysteresis=1 repair_periods=0 with_speed=true"},
    {"order_tracker", "threshold_mode=fixed threshold=-0.5 hysteresis=0.5"},
    {"order_tracker", "auto_window_s=2.5 repair_periods=12"},
    {"order_tracker", "min_rpm=600 max_rpm=2000 auto_window_s=0.2"},
    {"order_tracker", "reference=speed samples_per_revolution=32 with_speed=true gear_ratio=3.5"},
    {"order_tracker", "reference=speed samples_per_revolution=300 max_rpm=60000"},

    {"synchronous_average", "samples_per_revolution=64 revolutions=5"},
    {"synchronous_average", "samples_per_revolution=64 revolutions=30 mode=exponential"},
    {"synchronous_average", "samples_per_revolution=1 revolutions=1"},

    {"gear_condition", "samples_per_revolution=64 revolutions=5 teeth=7"},
    {"gear_condition", "samples_per_revolution=100 revolutions=1 teeth=12,17 shaft_harmonics=0 mesh_harmonics=1 sidebands=0 half_band=2"},
    {"gear_condition",
     "samples_per_revolution=64 revolutions=30 teeth=5 mode=exponential shaft_harmonics=1 mesh_harmonics=2 sidebands=2 half_band=1"},

    {"dwt", "wavelet=haar level=1"},
    {"dwt", "wavelet=db20 level=5"},
    {"dwt", "wavelet=bior3.1 mode=smooth level=2"},
    {"dwt", "wavelet=rbio2.8 mode=zero level=7"},
    {"dwt", "wavelet=sym5 mode=antireflect"},
    {"modwt", "wavelet=haar level=1"},
    {"modwt", "wavelet=sym8 level=6"},
    {"modwt", "wavelet=coif3 level=2"},
};

/// What a value of a choice needs beside it to mean anything.
inline constexpr std::pair<std::string_view, std::string_view> companions[] = {
    {"threshold_mode=fixed", "threshold=2.5 hysteresis=1"},
};
/// Choices that a stage refuses, and says so.
inline constexpr settings_row refused_settings[] = {
    {"dwt", "mode=periodic"},
    {"dwt", "mode=periodization"},
};

template <class Real>
any_signal_stage<Real> make_stage(const stage_variant& variant) {
  auto stage = must(builtin_signal_registry<Real>().make(variant.id));
  apply_settings(stage, variant.settings);
  return stage;
}

inline std::vector<stage_variant> variants_of(std::string_view id) {
  return variants_of(id, must(builtin_signal_registry<double>().make(id)).info().params, extra_settings, refused_settings, companions);
}

}  // namespace millwright::test
