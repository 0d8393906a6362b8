"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from .._signal_stage import SignalStage

__all__ = [
    "Coherence",
    "CrossSpectrum",
    "Decimator",
    "Dwt",
    "Envelope",
    "FirFilter",
    "GearCondition",
    "HighFrequencyEnergy",
    "Hilbert",
    "Integrator",
    "LogMel",
    "Mfcc",
    "Modwt",
    "OctaveFilterBank",
    "OrderTracker",
    "PeakHold",
    "Resampler",
    "SlidingDft",
    "SosFilter",
    "SpectralKurtosis",
    "Spectrogram",
    "Stft",
    "SynchronousAverage",
    "Tacho",
    "TeagerEnergy",
    "VelocitySeverity",
    "Welch",
    "ZoomFft",
]


class SosFilter(SignalStage):
    """IIR filter (Butterworth, Chebyshev or elliptic) of each column as second-order sections.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    family : {"butterworth", "chebyshev1", "chebyshev2", "elliptic"}, default="butterworth"
        Kind of prototype.
    band : {"lowpass", "highpass", "bandpass", "bandstop"}, default="bandpass"
        Which frequencies pass.
    order : int, default=4
        Order of the prototype; bandpass and bandstop have twice as many poles (1 to 20).
    low_hz : float, default=10.0
        Lower edge; a lowpass does not use it (0 to 1e+09; unit: Hz).
    high_hz : float, default=500.0
        Upper edge; a highpass does not use it (0 to 1e+09; unit: Hz).
    ripple_db : float, default=1.0
        Ripple in the pass band, dB: chebyshev1 and elliptic (1e-09 to 100).
    attenuation_db : float, default=40.0
        Attenuation in the stop band, dB: chebyshev2 and elliptic (1e-09 to 300).
    start : {"steady", "rest"}, default="steady"
        State before the first sample: steady as if it had always been there (no step at the start), or at rest.
    sections : sequence of float, default=()
        Sections of your own, one after the other, each b0, b1, b2, 1, a1, a2; empty: designed from the other
        settings.
    """

    stage_id: ClassVar[str] = "sos_filter"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        family: Literal["butterworth", "chebyshev1", "chebyshev2", "elliptic"] = "butterworth",
        band: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "bandpass",
        order: int = 4,
        low_hz: float = 10.0,
        high_hz: float = 500.0,
        ripple_db: float = 1.0,
        attenuation_db: float = 40.0,
        start: Literal["steady", "rest"] = "steady",
        sections: Sequence[float] = (),
    ) -> None:
        self._params = {
            "family": family,
            "band": band,
            "order": order,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "ripple_db": ripple_db,
            "attenuation_db": attenuation_db,
            "start": start,
            "sections": sections,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class FirFilter(SignalStage):
    """FIR filter of each column: window-method design with linear phase, or given taps.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    band : {"lowpass", "highpass", "bandpass", "bandstop"}, default="lowpass"
        Which frequencies pass.
    length : int, default=101
        Number of taps of the design (1 to 1.04858e+06; unit: samples).
    low_hz : float, default=10.0
        Lower edge, half amplitude; a lowpass does not use it (0 to 1e+09; unit: Hz).
    high_hz : float, default=500.0
        Upper edge, half amplitude; a highpass does not use it (0 to 1e+09; unit: Hz).
    window : str, default="hamming"
        Taper of the design, as hamming, hann or kaiser(beta=8.6).
    taps : sequence of float, default=()
        Taps of your own, first to last; empty: designed from the other settings.
    """

    stage_id: ClassVar[str] = "fir_filter"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        band: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "lowpass",
        length: int = 101,
        low_hz: float = 10.0,
        high_hz: float = 500.0,
        window: str = "hamming",
        taps: Sequence[float] = (),
    ) -> None:
        self._params = {
            "band": band,
            "length": length,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "window": window,
            "taps": taps,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Decimator(SignalStage):
    """Keeps every factor-th sample of each column behind an anti-aliasing filter.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    factor : int, default=4
        Input rate over output rate (1 to 10000).
    ftype : {"fir", "iir"}, default="fir"
        Anti-aliasing filter: linear phase, or Chebyshev I.
    order : int, optional
        Number of taps - 1, or order of the IIR filter (at most 20); None: 20 factor, or 8 (1 to 524288).
    """

    stage_id: ClassVar[str] = "decimator"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        factor: int = 4,
        ftype: Literal["fir", "iir"] = "fir",
        order: int | None = None,
    ) -> None:
        self._params = {"factor": factor, "ftype": ftype, "order": order}
        self._prepare(rate_hz, columns, dtype, max_items)


class Resampler(SignalStage):
    """Changes the sampling rate of each column by a ratio of integers, polyphase FIR.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    up : int, default=1
        The rate grows by up / down (1 to 10000).
    down : int, default=2
        The rate grows by up / down (1 to 10000).
    beta : float, default=5.0
        Of the Kaiser taper; larger: less aliasing, wider transition (0 to 50).
    """

    stage_id: ClassVar[str] = "resampler"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        up: int = 1,
        down: int = 2,
        beta: float = 5.0,
    ) -> None:
        self._params = {"up": up, "down": down, "beta": beta}
        self._prepare(rate_hz, columns, dtype, max_items)


class Integrator(SignalStage):
    """Acceleration to velocity or displacement of each column: highpass, trapezoid rule, lowpass.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    order : int, default=1
        How often to integrate: 1 velocity, 2 displacement (1 to 2).
    low_hz : float, default=10.0
        Highpass edge, -3 dB (1e-06 to 1e+09; unit: Hz).
    high_hz : float, default=1000.0
        Lowpass edge, -3 dB; half the sampling rate: no lowpass (1e-06 to 1e+09; unit: Hz).
    """

    stage_id: ClassVar[str] = "integrator"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        order: int = 1,
        low_hz: float = 10.0,
        high_hz: float = 1000.0,
    ) -> None:
        self._params = {"order": order, "low_hz": low_hz, "high_hz": high_hz}
        self._prepare(rate_hz, columns, dtype, max_items)


class VelocitySeverity(SignalStage):
    """Broad-band vibration velocity of each column, rms in mm/s over each interval.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    input_unit : {"m/s^2", "g", "mm/s"}, default="m/s^2"
        Unit of the input; mm/s is velocity already.
    low_hz : float, default=10.0
        Lower band edge, -3 dB; 2 below 600 rpm (0.1 to 1e+09; unit: Hz).
    high_hz : float, default=1000.0
        Upper band edge, -3 dB; half the sampling rate: no lowpass (0.1 to 1e+09; unit: Hz).
    interval_s : float, default=1.0
        Time that one value covers (0.001 to 86400; unit: s).
    settle_s : float, default=1.0
        Start of the stream that does not count, while the filters settle (0 to 3600; unit: s).
    """

    stage_id: ClassVar[str] = "velocity_severity"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        input_unit: Literal["m/s^2", "g", "mm/s"] = "m/s^2",
        low_hz: float = 10.0,
        high_hz: float = 1000.0,
        interval_s: float = 1.0,
        settle_s: float = 1.0,
    ) -> None:
        self._params = {
            "input_unit": input_unit,
            "low_hz": low_hz,
            "high_hz": high_hz,
            "interval_s": interval_s,
            "settle_s": settle_s,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class OctaveFilterBank(SignalStage):
    """Octave or third-octave band levels of each column over intervals, by a multirate filter bank.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    bands : {"octave", "third-octave"}, default="third-octave"
        Width of the bands.
    low_hz : float, default=10.0
        A frequency inside the lowest band (0.001 to 1e+09; unit: Hz).
    high_hz : float, optional
        A frequency inside the highest band, whose upper edge must lie below 0.45 of the rate; None: the highest
        that fits (above 0, at most 1e+09; unit: Hz).
    interval_s : float, default=1.0
        Time that one set of levels covers (0.001 to 86400; unit: s).
    level : {"rms", "mean_square"}, default="rms"
        Quantity of a band.
    """

    stage_id: ClassVar[str] = "octave_filter_bank"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        bands: Literal["octave", "third-octave"] = "third-octave",
        low_hz: float = 10.0,
        high_hz: float | None = None,
        interval_s: float = 1.0,
        level: Literal["rms", "mean_square"] = "rms",
    ) -> None:
        self._params = {"bands": bands, "low_hz": low_hz, "high_hz": high_hz, "interval_s": interval_s, "level": level}
        self._prepare(rate_hz, columns, dtype, max_items)


class Stft(SignalStage):
    """Short-time Fourier transform; one frame of re, im pairs per hop.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a frame (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that frames share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    nfft : int, optional
        Length of the transform; None: nperseg (1 to 6.71089e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    detrend : {"none", "constant", "linear"}, default="none"
        What is taken off each frame.
    scaling : {"density", "spectrum"}, default="spectrum"
        |Z|^2 is power per Hz, or power of a line.
    """

    stage_id: ClassVar[str] = "stft"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        nfft: int | None = None,
        window: str = "hann",
        detrend: Literal["none", "constant", "linear"] = "none",
        scaling: Literal["density", "spectrum"] = "spectrum",
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "nfft": nfft,
            "window": window,
            "detrend": detrend,
            "scaling": scaling,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Spectrogram(SignalStage):
    """Power of each bin of consecutive frames; one frame of bins per hop.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a frame (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that frames share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    nfft : int, optional
        Length of the transform; None: nperseg (1 to 6.71089e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    detrend : {"none", "constant", "linear"}, default="constant"
        What is taken off each frame.
    scaling : {"density", "spectrum"}, default="density"
        Power per Hz, or power of a line.
    """

    stage_id: ClassVar[str] = "spectrogram"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        nfft: int | None = None,
        window: str = "hann",
        detrend: Literal["none", "constant", "linear"] = "constant",
        scaling: Literal["density", "spectrum"] = "density",
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "nfft": nfft,
            "window": window,
            "detrend": detrend,
            "scaling": scaling,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Welch(SignalStage):
    """Welch's power spectral density, averaged over a number of segments; one frame of bins per average.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a segment (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that segments share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    nfft : int, optional
        Length of the transform; None: nperseg (1 to 6.71089e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    detrend : {"none", "constant", "linear"}, default="constant"
        What is taken off each segment.
    scaling : {"density", "spectrum"}, default="density"
        Power per Hz, or power of a line.
    average : {"mean", "median"}, default="mean"
        Over the segments.
    segments : int, default=8
        Segments in one average (1 to 1.04858e+06).
    """

    stage_id: ClassVar[str] = "welch"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        nfft: int | None = None,
        window: str = "hann",
        detrend: Literal["none", "constant", "linear"] = "constant",
        scaling: Literal["density", "spectrum"] = "density",
        average: Literal["mean", "median"] = "mean",
        segments: int = 8,
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "nfft": nfft,
            "window": window,
            "detrend": detrend,
            "scaling": scaling,
            "average": average,
            "segments": segments,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class CrossSpectrum(SignalStage):
    """Averaged cross spectrum of two channels; one frame of re, im pairs per average.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=2
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a segment (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that segments share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    detrend : {"none", "constant", "linear"}, default="constant"
        What is taken off each segment.
    scaling : {"density", "spectrum"}, default="density"
        Power per Hz, or power of a line.
    segments : int, default=8
        Segments in one average (1 to 1.04858e+06).
    """

    stage_id: ClassVar[str] = "cross_spectrum"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 2,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        window: str = "hann",
        detrend: Literal["none", "constant", "linear"] = "constant",
        scaling: Literal["density", "spectrum"] = "density",
        segments: int = 8,
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "window": window,
            "detrend": detrend,
            "scaling": scaling,
            "segments": segments,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Coherence(SignalStage):
    """Magnitude-squared coherence of two channels over a number of segments; one frame of bins per average.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=2
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a segment (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that segments share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    detrend : {"none", "constant", "linear"}, default="constant"
        What is taken off each segment.
    segments : int, default=8
        Segments in one average (1 to 1.04858e+06).
    """

    stage_id: ClassVar[str] = "coherence"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 2,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        window: str = "hann",
        detrend: Literal["none", "constant", "linear"] = "constant",
        segments: int = 8,
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "window": window,
            "detrend": detrend,
            "segments": segments,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class SpectralKurtosis(SignalStage):
    """Spectral kurtosis of each bin over a number of frames: where impacts excite a resonance.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=256
        Samples in a frame (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that frames share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    segments : int, default=16
        Frames in one estimate (2 to 1.04858e+06).
    """

    stage_id: ClassVar[str] = "spectral_kurtosis"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 256,
        noverlap: int | None = None,
        window: str = "hann",
        segments: int = 16,
    ) -> None:
        self._params = {"nperseg": nperseg, "noverlap": noverlap, "window": window, "segments": segments}
        self._prepare(rate_hz, columns, dtype, max_items)


class Hilbert(SignalStage):
    """Analytic signal by an FIR Hilbert transformer; columns re and im of each channel.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    taps : int, default=129
        Length of the filter, odd; longer reaches lower frequencies (3 to 65537; unit: samples).
    beta : float, default=8.0
        Of the Kaiser window; more means less ripple, less band (0 to 30).
    """

    stage_id: ClassVar[str] = "hilbert"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        taps: int = 129,
        beta: float = 8.0,
    ) -> None:
        self._params = {"taps": taps, "beta": beta}
        self._prepare(rate_hz, columns, dtype, max_items)


class LogMel(SignalStage):
    """Level in decibels of mel-spaced bands of consecutive frames.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=512
        Samples in a frame (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that frames share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    n_mels : int, default=40
        Number of bands (1 to 4096).
    f_lo : float, default=0.0
        Lower edge of the lowest band (0 to 1e+09; unit: Hz).
    f_hi : float, optional
        Upper edge of the highest band; None: half the rate (above 0, at most 1e+09; unit: Hz).
    scale : {"slaney", "htk"}, default="slaney"
        Definition of the mel.
    area_normalized : bool, default=True
        Bands of equal area instead of equal height.
    """

    stage_id: ClassVar[str] = "log_mel"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 512,
        noverlap: int | None = None,
        window: str = "hann",
        n_mels: int = 40,
        f_lo: float = 0.0,
        f_hi: float | None = None,
        scale: Literal["slaney", "htk"] = "slaney",
        area_normalized: bool = True,
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "window": window,
            "n_mels": n_mels,
            "f_lo": f_lo,
            "f_hi": f_hi,
            "scale": scale,
            "area_normalized": area_normalized,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Mfcc(SignalStage):
    """Mel-frequency cepstral coefficients of consecutive frames.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    nperseg : int, default=512
        Samples in a frame (1 to 1.67772e+07; unit: samples).
    noverlap : int, optional
        Samples that frames share; None: half of nperseg (0 to 1.67772e+07; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    n_mels : int, default=40
        Number of bands (1 to 4096).
    n_mfcc : int, default=13
        Number of coefficients, at most n_mels (1 to 4096).
    f_lo : float, default=0.0
        Lower edge of the lowest band (0 to 1e+09; unit: Hz).
    f_hi : float, optional
        Upper edge of the highest band; None: half the rate (above 0, at most 1e+09; unit: Hz).
    scale : {"slaney", "htk"}, default="slaney"
        Definition of the mel.
    area_normalized : bool, default=True
        Bands of equal area instead of equal height.
    """

    stage_id: ClassVar[str] = "mfcc"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        nperseg: int = 512,
        noverlap: int | None = None,
        window: str = "hann",
        n_mels: int = 40,
        n_mfcc: int = 13,
        f_lo: float = 0.0,
        f_hi: float | None = None,
        scale: Literal["slaney", "htk"] = "slaney",
        area_normalized: bool = True,
    ) -> None:
        self._params = {
            "nperseg": nperseg,
            "noverlap": noverlap,
            "window": window,
            "n_mels": n_mels,
            "n_mfcc": n_mfcc,
            "f_lo": f_lo,
            "f_hi": f_hi,
            "scale": scale,
            "area_normalized": area_normalized,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class SlidingDft(SignalStage):
    """Complex amplitude of chosen frequencies over the last samples, updated with every sample.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    frequencies_hz : sequence of float, default=(50.0,)
        Frequencies, at most half the rate (0 to 1e+09; unit: Hz).
    length : int, default=256
        Samples in the window (1 to 1.67772e+07; unit: samples).
    hop : int, default=1
        Samples between two items that come out (1 to 1.67772e+07; unit: samples).
    """

    stage_id: ClassVar[str] = "sliding_dft"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        frequencies_hz: Sequence[float] = (50.0,),
        length: int = 256,
        hop: int = 1,
    ) -> None:
        self._params = {"frequencies_hz": frequencies_hz, "length": length, "hop": hop}
        self._prepare(rate_hz, columns, dtype, max_items)


class ZoomFft(SignalStage):
    """Fine spectrum of a narrow band by mixing, filtering and decimating; re, im pairs of its lines.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo : float, default=100.0
        Lower end of the band (0 to 1e+09; unit: Hz).
    f_hi : float, default=200.0
        Upper end of the band, at most half the rate (0 to 1e+09; unit: Hz).
    nperseg : int, default=256
        Decimated samples in a frame (1 to 4.1943e+06; unit: samples).
    noverlap : int, optional
        Of them shared by neighbours; None: half (0 to 4.1943e+06; unit: samples).
    window : str, default="hann"
        Taper, for example hann or kaiser(beta=8.6).
    """

    stage_id: ClassVar[str] = "zoom_fft"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo: float = 100.0,
        f_hi: float = 200.0,
        nperseg: int = 256,
        noverlap: int | None = None,
        window: str = "hann",
    ) -> None:
        self._params = {"f_lo": f_lo, "f_hi": f_hi, "nperseg": nperseg, "noverlap": noverlap, "window": window}
        self._prepare(rate_hz, columns, dtype, max_items)


class Envelope(SignalStage):
    """Squared envelope of a frequency band, at a lower rate: the signal in which the impacts of a bearing fault repeat.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, default=500.0
        Lower edge of the band (0.001 to 1e+09; unit: Hz).
    f_hi_hz : float, optional
        Upper edge of the band; None: rate / 2 (above 0, at most 1e+09; unit: Hz).
    squared : bool, default=True
        |z|^2; false: |z|.
    f_max_hz : float, optional
        Highest frequency of the envelope that is wanted; None: all that the band has (above 0, at most 1e+09; unit:
        Hz).
    transition_hz : float, optional
        Width of the band's slopes; None: a quarter of the bandwidth, at most f_lo (above 0, at most 1e+09; unit:
        Hz).
    """

    stage_id: ClassVar[str] = "envelope"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float = 500.0,
        f_hi_hz: float | None = None,
        squared: bool = True,
        f_max_hz: float | None = None,
        transition_hz: float | None = None,
    ) -> None:
        self._params = {
            "f_lo_hz": f_lo_hz,
            "f_hi_hz": f_hi_hz,
            "squared": squared,
            "f_max_hz": f_max_hz,
            "transition_hz": transition_hz,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class PeakHold(SignalStage):
    """Largest magnitude of a high-frequency band in each interval of a lower rate: keeps the height of short impacts.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, default=500.0
        Lower edge of the band (0.001 to 1e+09; unit: Hz).
    f_hi_hz : float, optional
        Upper edge of the band; None: rate / 2 (above 0, at most 1e+09; unit: Hz).
    f_max_hz : float, default=500.0
        Highest frequency wanted of the result (1e-06 to 1e+09; unit: Hz).
    transition_hz : float, optional
        Width of the band's slopes; None: a quarter of the bandwidth, at most f_lo (above 0, at most 1e+09; unit:
        Hz).
    """

    stage_id: ClassVar[str] = "peak_hold"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float = 500.0,
        f_hi_hz: float | None = None,
        f_max_hz: float = 500.0,
        transition_hz: float | None = None,
    ) -> None:
        self._params = {"f_lo_hz": f_lo_hz, "f_hi_hz": f_hi_hz, "f_max_hz": f_max_hz, "transition_hz": transition_hz}
        self._prepare(rate_hz, columns, dtype, max_items)


class HighFrequencyEnergy(SignalStage):
    """Rms or peak-to-peak value of a high-frequency band in each interval: impacts, friction, lubrication.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    f_lo_hz : float, optional
        Lower edge of the band; None: rate / 4 (above 0, at most 1e+09; unit: Hz).
    f_hi_hz : float, optional
        Upper edge of the band; None: rate / 2 (above 0, at most 1e+09; unit: Hz).
    interval_s : float, default=0.1
        Time that one value stands for (1e-06 to 1e+06; unit: s).
    measure : {"rms", "peak_to_peak"}, default="rms"
        What is taken of each interval.
    transition_hz : float, optional
        Width of the band's slopes; None: a quarter of the bandwidth, at most f_lo (above 0, at most 1e+09; unit:
        Hz).
    """

    stage_id: ClassVar[str] = "high_frequency_energy"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        f_lo_hz: float | None = None,
        f_hi_hz: float | None = None,
        interval_s: float = 0.1,
        measure: Literal["rms", "peak_to_peak"] = "rms",
        transition_hz: float | None = None,
    ) -> None:
        self._params = {
            "f_lo_hz": f_lo_hz,
            "f_hi_hz": f_hi_hz,
            "interval_s": interval_s,
            "measure": measure,
            "transition_hz": transition_hz,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Tacho(SignalStage):
    """Speed in rpm from a tacho's pulses, sampled evenly, with repair of missing and superfluous pulses; second column:
    pulses repaired.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    pulses_per_revolution : int, default=1
        Marks on the shaft that the tacho sees in one turn (1 to 100000).
    gear_ratio : float, default=1.0
        Turns of the shaft of interest for one turn of the shaft with the tacho (0.0001 to 10000).
    edge : {"rising", "falling"}, default="rising"
        Edge of a pulse that counts.
    threshold_mode : {"auto", "fixed"}, default="auto"
        Auto: half way between the extremes of the last auto_window_s; fixed: threshold and hysteresis.
    threshold : float, default=0.0
        Level whose crossing is the time of a pulse, if fixed (unit: u).
    hysteresis : float, default=0.0
        The signal must swing by this about the threshold, if fixed; keeps noise from counting twice (at least 0;
        unit: u).
    auto_window_s : float, default=2.0
        Window of the automatic threshold; no pulse is looked for before it has passed once (0.001 to 100000; unit:
        s).
    min_rpm : float, default=60.0
        Slowest speed of the tacho's shaft; a longer gap between pulses is a standstill. Decides the memory taken
        (0.0001 to 1e+07).
    max_rpm : float, default=30000.0
        Fastest speed of the tacho's shaft; an edge that follows a pulse sooner is ignored (0.001 to 1e+08).
    repair_periods : int, default=5
        Periods on either side that say what a normal period is when pulses are missing or superfluous; 0 repairs
        nothing (0 to 64).
    speed_rate_hz : float, default=50.0
        Rate at which the speed is given, at most that of the input (0.001 to 1e+07; unit: Hz).
    """

    stage_id: ClassVar[str] = "tacho"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        pulses_per_revolution: int = 1,
        gear_ratio: float = 1.0,
        edge: Literal["rising", "falling"] = "rising",
        threshold_mode: Literal["auto", "fixed"] = "auto",
        threshold: float = 0.0,
        hysteresis: float = 0.0,
        auto_window_s: float = 2.0,
        min_rpm: float = 60.0,
        max_rpm: float = 30000.0,
        repair_periods: int = 5,
        speed_rate_hz: float = 50.0,
    ) -> None:
        self._params = {
            "pulses_per_revolution": pulses_per_revolution,
            "gear_ratio": gear_ratio,
            "edge": edge,
            "threshold_mode": threshold_mode,
            "threshold": threshold,
            "hysteresis": hysteresis,
            "auto_window_s": auto_window_s,
            "min_rpm": min_rpm,
            "max_rpm": max_rpm,
            "repair_periods": repair_periods,
            "speed_rate_hz": speed_rate_hz,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class OrderTracker(SignalStage):
    """Resamples a signal (first column) to uniform angle of a shaft, given by a tacho or by its speed (second column).

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=2
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    reference : {"tacho", "speed"}, default="tacho"
        What the second column is: a tacho signal, or the speed of the tacho's shaft in rpm.
    samples_per_revolution : int, default=256
        Samples of one revolution; at least 2.56 times the highest order of interest (2 to 1.04858e+06).
    with_speed : bool, default=False
        Adds a column with the speed of the analysed shaft in rpm.
    pulses_per_revolution : int, default=1
        Marks on the shaft that the tacho sees in one turn (1 to 100000).
    gear_ratio : float, default=1.0
        Turns of the shaft of interest for one turn of the shaft with the tacho (0.0001 to 10000).
    edge : {"rising", "falling"}, default="rising"
        Edge of a pulse that counts.
    threshold_mode : {"auto", "fixed"}, default="auto"
        Auto: half way between the extremes of the last auto_window_s; fixed: threshold and hysteresis.
    threshold : float, default=0.0
        Level whose crossing is the time of a pulse, if fixed (unit: u).
    hysteresis : float, default=0.0
        The signal must swing by this about the threshold, if fixed; keeps noise from counting twice (at least 0;
        unit: u).
    auto_window_s : float, default=2.0
        Window of the automatic threshold; no pulse is looked for before it has passed once (0.001 to 100000; unit:
        s).
    min_rpm : float, default=60.0
        Slowest speed of the tacho's shaft; a longer gap between pulses is a standstill. Decides the memory taken
        (0.0001 to 1e+07).
    max_rpm : float, default=30000.0
        Fastest speed of the tacho's shaft; an edge that follows a pulse sooner is ignored (0.001 to 1e+08).
    repair_periods : int, default=5
        Periods on either side that say what a normal period is when pulses are missing or superfluous; 0 repairs
        nothing (0 to 64).
    """

    stage_id: ClassVar[str] = "order_tracker"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 2,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        reference: Literal["tacho", "speed"] = "tacho",
        samples_per_revolution: int = 256,
        with_speed: bool = False,
        pulses_per_revolution: int = 1,
        gear_ratio: float = 1.0,
        edge: Literal["rising", "falling"] = "rising",
        threshold_mode: Literal["auto", "fixed"] = "auto",
        threshold: float = 0.0,
        hysteresis: float = 0.0,
        auto_window_s: float = 2.0,
        min_rpm: float = 60.0,
        max_rpm: float = 30000.0,
        repair_periods: int = 5,
    ) -> None:
        self._params = {
            "reference": reference,
            "samples_per_revolution": samples_per_revolution,
            "with_speed": with_speed,
            "pulses_per_revolution": pulses_per_revolution,
            "gear_ratio": gear_ratio,
            "edge": edge,
            "threshold_mode": threshold_mode,
            "threshold": threshold,
            "hysteresis": hysteresis,
            "auto_window_s": auto_window_s,
            "min_rpm": min_rpm,
            "max_rpm": max_rpm,
            "repair_periods": repair_periods,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class SynchronousAverage(SignalStage):
    """Time-synchronous average: the mean turn of a signal at uniform angle, as frames of one revolution.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    revolutions : int, default=20
        Turns in the mean (1 to 1e+06).
    samples_per_revolution : int, optional
        Samples of one turn; None: the rate of the input, as an order tracker gives it (1 to 1.04858e+06).
    mode : {"block", "exponential"}, default="block"
        Block: one frame after each `revolutions` turns; exponential: one after every turn.
    """

    stage_id: ClassVar[str] = "synchronous_average"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        revolutions: int = 20,
        samples_per_revolution: int | None = None,
        mode: Literal["block", "exponential"] = "block",
    ) -> None:
        self._params = {"revolutions": revolutions, "samples_per_revolution": samples_per_revolution, "mode": mode}
        self._prepare(rate_hz, columns, dtype, max_items)


class GearCondition(SignalStage):
    """Condition of a gear from the time-synchronous averages of a signal at uniform angle: rms, kurtosis, crest_factor,
    fm0, fm4, m6a, m8a, energy_ratio, sideband_index, sideband_level_factor, na4, nb4.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    teeth : sequence of float, default=(20.0,)
        Of each gear on the shaft; the first is the one for fm0, nb4 and the sideband values (2 to 524288).
    revolutions : int, default=20
        Turns in an average (1 to 1e+06).
    samples_per_revolution : int, optional
        Samples of one turn; None: the rate of the input, as an order tracker gives it (1 to 1.04858e+06).
    mode : {"block", "exponential"}, default="block"
        Block: one average after each `revolutions` turns; exponential: one after every turn.
    shaft_harmonics : int, default=2
        Orders 1 to this are regular (0 to 1.04858e+06).
    mesh_harmonics : int, optional
        Harmonics of each meshing order that are regular; None: all (1 to 1.04858e+06).
    sidebands : int, default=1
        Orders on either side of each meshing harmonic that are regular (0 to 1.04858e+06).
    half_band : int, optional
        Half width, in orders, of the band about the first meshing order for nb4; None: (teeth - 1) / 2 (1 to
        1.04858e+06).
    """

    stage_id: ClassVar[str] = "gear_condition"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        teeth: Sequence[float] = (20.0,),
        revolutions: int = 20,
        samples_per_revolution: int | None = None,
        mode: Literal["block", "exponential"] = "block",
        shaft_harmonics: int = 2,
        mesh_harmonics: int | None = None,
        sidebands: int = 1,
        half_band: int | None = None,
    ) -> None:
        self._params = {
            "teeth": teeth,
            "revolutions": revolutions,
            "samples_per_revolution": samples_per_revolution,
            "mode": mode,
            "shaft_harmonics": shaft_harmonics,
            "mesh_harmonics": mesh_harmonics,
            "sidebands": sidebands,
            "half_band": half_band,
        }
        self._prepare(rate_hz, columns, dtype, max_items)


class Dwt(SignalStage):
    """Discrete wavelet transform of a stream: an item holds one coarsest approximation and all details that belong to
    it.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    wavelet : str, default="db4"
        Haar, db1-20, sym2-20, coif1-5, bior or rbio, by PyWavelets' names.
    level : int, default=4
        Times that the approximation is split (1 to 12).
    mode : {"zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect", "periodic", "periodization"}, default="symmetric"
        How the signal goes on past its ends; a stream has no periodic ones.
    """

    stage_id: ClassVar[str] = "dwt"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        wavelet: str = "db4",
        level: int = 4,
        mode: Literal[
            "zero",
            "constant",
            "symmetric",
            "reflect",
            "smooth",
            "antisymmetric",
            "antireflect",
            "periodic",
            "periodization",
        ] = "symmetric",
    ) -> None:
        self._params = {"wavelet": wavelet, "level": level, "mode": mode}
        self._prepare(rate_hz, columns, dtype, max_items)


class Modwt(SignalStage):
    """Maximal overlap wavelet transform, sample by sample: the approximation, then the details from the coarsest to the
    finest.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    wavelet : str, default="db4"
        Orthogonal wavelet: haar, db1-20, sym2-20, coif1-5.
    level : int, default=4
        Octaves that are split off (1 to 16).
    """

    stage_id: ClassVar[str] = "modwt"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        wavelet: str = "db4",
        level: int = 4,
    ) -> None:
        self._params = {"wavelet": wavelet, "level": level}
        self._prepare(rate_hz, columns, dtype, max_items)


class TeagerEnergy(SignalStage):
    """Teager-Kaiser energy operator x[n]^2 - x[n-1] x[n+1]; lifts short impacts out of a smooth ground.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    """

    stage_id: ClassVar[str] = "teager_energy"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
    ) -> None:
        self._params = {}
        self._prepare(rate_hz, columns, dtype, max_items)
