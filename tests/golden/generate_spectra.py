"""Writes spectra.json: spectra of short signals as SciPy and NumPy give them.

python tests/golden/generate_spectra.py        (needs numpy and scipy; their versions are recorded in the file)

Signals are float32-exact: integers times a power of two.
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.fft
import scipy.signal

SCALE = 2.0**-10
RATE = 100.0


def pairs(z):
    return np.column_stack([np.ravel(z).real, np.ravel(z).imag]).ravel()


def mel_filters(fs, n, count, low, high):
    """HTK mel, triangles of height 1."""
    ends = 2595 * np.log10(1 + np.array([low, high]) / 700)
    corners = 700 * (10 ** (np.linspace(*ends, count + 2) / 2595) - 1)
    f = np.fft.rfftfreq(n, 1 / fs)
    triangles = zip(corners[:-2], corners[1:-1], corners[2:], strict=True)
    return np.array([np.clip(np.minimum((f - a) / (b - a), (c - f) / (c - b)), 0, None) for a, b, c in triangles])


def main():
    random = np.random.default_rng(20250203)
    t = np.arange(150) / RATE
    x = np.round((2 + np.sin(2 * np.pi * 12.3 * t) + 0.5 * random.standard_normal(150)) / SCALE)
    y = np.round((np.roll(x * SCALE, 3) + random.standard_normal(150)) / SCALE)
    integers = {"x": x.astype(int).tolist(), "y": y.astype(int).tolist()}
    x, y = x * SCALE, y * SCALE
    values = {}
    for window in ("hann", "flattop", ("kaiser", 8.6)):
        name = window if isinstance(window, str) else f"{window[0]}(beta={window[1]})"
        for nperseg in (32, 33):
            key = f"welch {name} {nperseg}"
            values[key] = scipy.signal.welch(x, RATE, window, nperseg)[1]
    values["welch median linear"] = scipy.signal.welch(x, RATE, nperseg=30, detrend="linear", average="median")[1]
    values["welch two-sided"] = scipy.signal.welch(x, RATE, nperseg=31, noverlap=7, nfft=40, return_onesided=False)[1]
    values["periodogram"] = scipy.signal.periodogram(x, RATE, scaling="spectrum")[1]
    values["csd"] = pairs(scipy.signal.csd(x, y, RATE, nperseg=32)[1])
    values["coherence"] = scipy.signal.coherence(x, y, RATE, nperseg=32)[1]
    values["stft"] = pairs(scipy.signal.stft(x, RATE, nperseg=32)[2].T)
    values["spectrogram"] = scipy.signal.spectrogram(x, RATE, nperseg=32)[2].T
    values["hilbert"] = pairs(scipy.signal.hilbert(x))
    values["zoom_fft"] = pairs(scipy.signal.zoom_fft(x, [10, 15], 20, fs=RATE))
    spectrum = np.abs(np.fft.fft(x))
    values["real_cepstrum"] = np.fft.ifft(np.log(spectrum)).real
    values["power_cepstrum"] = np.fft.ifft(np.log(spectrum**2)).real ** 2
    z = scipy.signal.stft(x, RATE, nperseg=32, boundary=None, padded=False)[2]
    p = np.abs(z) ** 2
    m = p.shape[1]
    values["spectral_kurtosis"] = m / (m - 1) * ((m + 1) * np.sum(p**2, 1) / np.sum(p, 1) ** 2 - 2)
    frames = np.lib.stride_tricks.sliding_window_view(x, 64)[::32] * scipy.signal.get_window("hann", 64)
    level = 10 * np.log10(np.abs(np.fft.rfft(frames)) ** 2 @ mel_filters(RATE, 64, 6, 2, 50).T)
    values["log_mel"] = level
    values["mfcc"] = scipy.fft.dct(level, norm="ortho")[:, :4]
    content = {
        "made_by": "generate_spectra.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "rate_hz": RATE,
        "scale": SCALE,
        "signals": integers,
        "values": {key: np.ravel(v).tolist() for key, v in values.items()},
    }
    path = pathlib.Path(__file__).with_name("spectra.json")
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
