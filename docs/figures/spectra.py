"""Draws tapers.svg, spectra.svg, cepstrum.svg and acoustic.svg."""

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright import signal

plt.rcParams.update({"font.size": 8, "axes.grid": True, "grid.alpha": 0.3})


def tapers():
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.8))
    n = 64
    for name in ("boxcar", "hann", "blackmanharris", "flattop"):
        w = signal.get_window(name, n)
        left.plot(w, label=name, lw=1)
        response = np.abs(np.fft.rfft(w, 16 * n)) / np.sum(w)
        level = 20 * np.log10(np.maximum(response, 1e-6))
        right.plot(np.arange(8 * 16) / 16, level[: 8 * 16], lw=1)
    left.set(title="taper", xlabel="sample")
    left.legend(fontsize=7)
    right.set(title="line of a tone", xlabel="distance in bins", ylabel="dB", ylim=(-120, 3))
    save(figure, "tapers")


def machine(seconds=8.0, fs=5120.0):
    """A shaft at 29.5 Hz with harmonics, a gear mesh with sidebands, impacts that excite a resonance, noise."""
    random = np.random.default_rng(1)
    t = np.arange(int(seconds * fs)) / fs
    x = 0.3 * random.standard_normal(t.size)
    for k, a in enumerate((1.0, 0.5, 0.3), 1):
        x += a * np.sin(2 * np.pi * k * 29.5 * t)
    x += 0.5 * (1 + 0.6 * np.cos(2 * np.pi * 29.5 * t)) * np.sin(2 * np.pi * 23 * 29.5 * t)
    ring = np.exp(-600 * t[:100]) * np.sin(2 * np.pi * 1800 * t[:100])
    for start in np.arange(0.01, seconds - 0.1, 1 / 7.1):
        i = int(start * fs)
        x[i : i + 100] += 4 * ring
    return t, x, fs


def spectra():
    _t, x, fs = machine()
    figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
    f, psd = signal.welch(x, fs, nperseg=768)
    axes[0, 0].semilogy(f, psd, lw=0.7)
    axes[0, 0].minorticks_off()
    axes[0, 0].set(title="welch: power spectral density", xlabel="Hz", ylabel="unit$^2$/Hz")
    f, power = signal.welch(x, fs, nperseg=8192, scaling="spectrum")
    show = (f > 600) & (f < 760)
    axes[0, 1].plot(f[show], np.sqrt(2 * power[show]), lw=0.7)
    found = signal.find_sidebands(f, power, 23 * 29.5, 29.5, 2, tolerance=1.0)
    for lines in (found.lower, found.upper):
        axes[0, 1].plot(lines.frequency, lines.amplitude, "v", ms=4, color="C1")
    axes[0, 1].set(title=f"sidebands of the mesh, ratio {found.ratio:.2f}", xlabel="Hz", ylabel="amplitude")
    f, sk = signal.spectral_kurtosis(x, fs, nperseg=128)
    axes[1, 0].plot(f, sk, lw=0.8)
    axes[1, 0].set(title="spectral kurtosis: impacts ring at 1.8 kHz", xlabel="Hz")
    f, s, z = signal.stft(x[: int(fs // 2)], fs, nperseg=64)
    level = 20 * np.log10(np.abs(z[:, ::2]) + 1e-3)
    axes[1, 1].imshow(level, origin="lower", aspect="auto", extent=(0, s[-1], 0, fs / 2), interpolation="nearest")
    axes[1, 1].set(title="stft", xlabel="s", ylabel="Hz")
    for axis in (axes[0, 1], axes[1, 0], axes[1, 1]):
        axis.locator_params(nbins=4)
    axes[0, 0].locator_params(axis="x", nbins=4)
    save(figure, "spectra")


def cepstrum():
    fs, n = 5120.0, 4096
    t = np.arange(n) / fs
    random = np.random.default_rng(2)
    x = sum(np.sin(2 * np.pi * k * 80 * t + k) / k for k in range(1, 30)) + 0.02 * random.standard_normal(n)
    c = signal.real_cepstrum(x * signal.get_window("hann", n))
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.8))
    q = 1000 * np.arange(n) / fs
    show = (q > 2) & (q < 60)
    left.plot(q[show], c[show], lw=0.7)
    found = signal.gamnitudes(c, fs, 80.0, 4, tolerance=5e-4)
    left.plot(1000 * found.quefrency, found.gamnitude, "v", ms=4, color="C1")
    left.set(title="rahmonics of 80 Hz", xlabel="quefrency in ms")
    f = np.fft.rfftfreq(n, 1 / fs)[:1000]
    right.plot(f, 20 * np.log10(signal.spectrum_of_cepstrum(c))[:1000], lw=0.5, label="spectrum")
    smooth = signal.spectrum_of_cepstrum(signal.lifter(c, fs, 0, 0.008))
    right.plot(f, 20 * np.log10(smooth)[:1000], lw=1.2, label="short quefrencies only")
    right.set(xlabel="Hz", ylabel="dB", title="lifter")
    right.legend(fontsize=7)
    save(figure, "cepstrum")


def acoustic():
    _, x, fs = machine()
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
    weights = signal.mel_filters(fs, nperseg=256, n_mels=12)
    axes[0].plot(np.fft.rfftfreq(256, 1 / fs), weights.T, lw=0.8)
    axes[0].set(title="mel filters", xlabel="Hz")
    axes[1].imshow(
        signal.log_mel(x[: int(2 * fs)], fs, nperseg=256, n_mels=32).T,
        origin="lower",
        aspect="auto",
        extent=(0, 2, 0, 32),
        interpolation="nearest",
    )
    axes[1].set(title="log_mel", xlabel="s", ylabel="band")
    f, psd = signal.welch(x, fs, nperseg=4096)
    bands = signal.octave_levels(f, psd, 3, f_lo=20)
    axes[2].bar(np.arange(bands.centre.size), bands.level + 60, bottom=-60, width=0.9)
    ticks = np.arange(0, bands.centre.size, 5)
    axes[2].set_xticks(ticks, [f"{c:.3g}" for c in bands.centre[ticks]])
    axes[2].set(title="third-octave levels of the PSD", xlabel="Hz", ylabel="dB")
    save(figure, "acoustic")


if __name__ == "__main__":
    tapers()
    spectra()
    cepstrum()
    acoustic()
