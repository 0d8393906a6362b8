"""Features of frames beside careful NumPy, tsfel, and a chain of SciPy and PyWavelets."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from _workload import Workload, optional

from millwright.features import FeatureExtractor

scipy = optional("scipy")
pywt = optional("pywt")
tsfel = optional("tsfel")

RATE_HZ = 25_600.0
LENGTH = 4096
FRAMES = 64

TIME = ["mean", "std", "rms", "peak", "peak_to_peak", "crest", "shape", "impulse", "clearance", "skewness", "kurtosis"]
CHAIN = [
    *TIME,
    "spectral_centroid",
    "spectral_spread",
    "spectral_entropy",
    "spectral_flatness",
    "spectral_rolloff",
    "peak_frequency",
    *(f"band_rms(f_lo={low},f_hi={2 * low})" for low in (400, 800, 1600, 3200, 6400)),
    *(f"wavelet_energy(band={band})" for band in range(6)),
    "wavelet_entropy",
]
# tsfel's name: ours, of the same definition or of the same kind and cost.
TSFEL = {
    "Absolute energy": "energy",
    "Average power": "rms",
    "Entropy": "histogram_entropy",
    "Interquartile range": "iqr",
    "Kurtosis": "kurtosis",
    "Max": "max",
    "Mean": "mean",
    "Median": "median",
    "Median absolute deviation": "median_abs_deviation",
    "Min": "min",
    "Peak to peak distance": "peak_to_peak",
    "Root mean square": "rms",
    "Skewness": "skewness",
    "Standard deviation": "std",
    "Variance": "hjorth_activity",
    "Autocorrelation": "autocorrelation_decay",
    "Mean absolute diff": "line_length",
    "Slope": "trend",
    "Sum absolute diff": "line_length(sum=1)",
    "Zero crossing rate": "zero_crossings",
    "Max power spectrum": "spectral_crest",
    "Fundamental frequency": "peak_frequency",
    "Spectral centroid": "spectral_centroid",
    "Spectral entropy": "spectral_entropy",
    "Spectral kurtosis": "spectral_kurtosis",
    "Spectral roll-off": "spectral_rolloff",
    "Median frequency": "spectral_rolloff(share=0.5)",
    "Spectral skewness": "spectral_skewness",
    "Spectral slope": "spectral_slope",
    "Spectral spread": "spectral_spread",
}


def versions() -> list[str]:
    found = [f"NumPy {np.__version__}"]
    found += [f"{name} {m.__version__}" for name, m in (("SciPy", scipy), ("PyWavelets", pywt)) if m]
    if tsfel:
        from importlib.metadata import version

        found.append(f"tsfel {version('tsfel')}")
    return found


def workloads() -> list[Workload]:
    rows = [time_features(np.float64), time_features(np.float32)]
    if scipy and pywt:
        rows.append(chain())
    if tsfel:
        rows += [comprehensive(np.float64), comprehensive(np.float32)]
    return rows


def batch(dtype: type, frames: int = FRAMES) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((frames, LENGTH)).astype(dtype)


def prepared(names: list[str]) -> FeatureExtractor:
    return FeatureExtractor(names, rate_hz=RATE_HZ, length=LENGTH)


def time_of_frame(x: np.ndarray) -> tuple[float, ...]:
    """Eleven features of one frame, every product and sum once; dot products where NumPy has them."""
    n = x.size
    x = x.astype(np.float64, copy=False)
    mean = x.sum() / n
    d = x - mean
    d2 = d * d
    m2 = d2.sum() / n
    m3 = np.dot(d2, d) / n
    m4 = np.dot(d2, d2) / n
    a = np.abs(x)
    low, high = x.min(), x.max()
    peak = max(-low, high)
    rms = np.sqrt(np.dot(x, x) / n)
    mean_abs = a.sum() / n
    root = np.sqrt(a).sum() / n
    return (
        mean,
        np.sqrt(m2),
        rms,
        peak,
        high - low,
        peak / rms,
        rms / mean_abs,
        peak / mean_abs,
        peak / (root * root),
        m3 / (m2 * np.sqrt(m2)),
        m4 / (m2 * m2),
    )


def time_of_batch(x: np.ndarray) -> np.ndarray:
    """The same of all frames in one go, along the last axis."""
    n = x.shape[1]
    x = x.astype(np.float64, copy=False)
    mean = x.sum(axis=1) / n
    d = x - mean[:, None]
    d2 = d * d
    m2 = d2.sum(axis=1) / n
    m3 = np.einsum("ij,ij->i", d2, d) / n
    m4 = np.einsum("ij,ij->i", d2, d2) / n
    a = np.abs(x)
    low, high = x.min(axis=1), x.max(axis=1)
    peak = np.maximum(-low, high)
    rms = np.sqrt(np.einsum("ij,ij->i", x, x) / n)
    mean_abs = a.sum(axis=1) / n
    root = np.sqrt(a).sum(axis=1) / n
    return np.stack(
        [
            mean,
            np.sqrt(m2),
            rms,
            peak,
            high - low,
            peak / rms,
            rms / mean_abs,
            peak / mean_abs,
            peak / (root * root),
            m3 / (m2 * np.sqrt(m2)),
            m4 / (m2 * m2),
        ],
        axis=1,
    )


def time_features(dtype: type) -> Workload:
    frames = batch(dtype)
    extractor = prepared(TIME)

    def by_frame() -> list[tuple[float, ...]]:
        return [time_of_frame(frame) for frame in frames]

    def check() -> None:
        ours = extractor.transform(frames)
        np.testing.assert_allclose(ours, by_frame(), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(ours, time_of_batch(frames), rtol=1e-10, atol=1e-14)

    return Workload(
        f"time features {LENGTH} {np.dtype(dtype).name}",
        ours=lambda: extractor.transform(frames),
        peers={"numpy": by_frame, "numpy, all frames at once": lambda: time_of_batch(frames)},
        per_call=FRAMES,
        setup=lambda: extractor.fit(),
        check=check,
    )


def chain() -> Workload:
    """Time domain, spectrum and wavelet energies of one window; beside SciPy with NumPy and PyWavelets."""
    import scipy.fft

    frames = batch(np.float32)
    extractor = prepared(CHAIN)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
    density = 2.0 / (RATE_HZ * np.sum(taper**2))
    f = np.fft.rfftfreq(LENGTH, 1 / RATE_HZ)[1:]
    df = RATE_HZ / LENGTH
    borders = np.concatenate([f - df / 2, [RATE_HZ / 2]])
    shares = [
        np.clip(np.minimum(borders[1:], 2 * low) - np.maximum(borders[:-1], low), 0, None)
        for low in (400, 800, 1600, 3200, 6400)
    ]
    weights = (np.array(shares) / np.diff(borders) * df).T
    wavelet = pywt.Wavelet("db4")

    def of_frame(frame: np.ndarray) -> list[float]:
        x = frame.astype(np.float64)
        centred = x - x.mean()
        z = scipy.fft.rfft(centred * taper)
        s = z.real**2 + z.imag**2
        s *= density
        s[-1] *= 0.5
        s = s[1:]
        total = s.sum()
        q = s / total
        centroid = np.dot(f, q)
        spread = np.sqrt(np.dot((f - centroid) ** 2, q))
        entropy = -np.dot(q, np.log(q)) / np.log(q.size)
        flatness = np.exp(np.log(s).mean()) / s.mean()
        rolloff = f[np.searchsorted(np.cumsum(s), 0.85 * total)]
        k = int(np.argmax(s))
        left, middle, right = np.log(s[k - 1 : k + 2]) if 0 < k < s.size - 1 else (0.0, 1.0, 0.0)
        peak = f[k] + df * 0.5 * (left - right) / (left - 2 * middle + right)
        bands = np.sqrt(s @ weights)
        energies = np.array([np.dot(c, c) for c in pywt.wavedec(centred, wavelet, "periodization", 5)])
        p = energies / energies.sum()
        return [
            *time_of_frame(x),
            centroid,
            spread,
            entropy,
            flatness,
            rolloff,
            peak,
            *bands,
            *energies,
            -np.dot(p, np.log(p)) / np.log(p.size),
        ]

    def by_frame() -> list[list[float]]:
        return [of_frame(frame) for frame in frames]

    return Workload(
        f"chain {LENGTH}",
        ours=lambda: extractor.transform(frames),
        peers={"scipy": by_frame},
        per_call=FRAMES,
        setup=lambda: extractor.fit(),
        check=lambda: np.testing.assert_allclose(extractor.transform(frames), by_frame(), rtol=1e-8, atol=1e-13),
    )


def comprehensive(dtype: type) -> Workload:
    """The features that both have, of one window; tsfel computes in float64 whatever it is given."""
    frames = batch(dtype, 1)
    extractor = prepared(list(dict.fromkeys(TSFEL.values())))
    full = tsfel.get_features_by_domain()
    settings = {domain: {name: c for name, c in found.items() if name in TSFEL} for domain, found in full.items()}

    def theirs() -> Any:
        # Not its own cutting into windows: that starts processes, whose time would not be seen.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tsfel.time_series_features_extractor(settings, frames[0].astype(np.float64), fs=RATE_HZ, verbose=0)

    def check() -> None:
        ours = dict(zip(extractor.get_feature_names_out(), extractor.transform(frames)[0], strict=True))
        found = theirs().iloc[0]
        for name in (
            "Absolute energy",
            "Interquartile range",
            "Median",
            "Root mean square",
            "Skewness",
            "Standard deviation",
        ):
            value = found[[column for column in found.index if column.split("_", 1)[-1] == name]].iloc[0]
            np.testing.assert_allclose(ours[TSFEL[name]], value, rtol=1e-9)

    return Workload(
        f"comprehensive {LENGTH} {np.dtype(dtype).name}",
        ours=lambda: extractor.transform(frames),
        peers={"tsfel": theirs},
        setup=lambda: extractor.fit(),
        check=check,
    )
