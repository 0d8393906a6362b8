"""Writes wavelet_reference.csv: coefficients that PyWavelets gives; for modwt and cwt, which it lacks, NumPy from the definitions.

    python tests/golden/generate_wavelet.py        (needs PyWavelets; its version is recorded in the file)

Each line: transform, wavelet, mode, level, n, then the coefficients, band after band. The signal is x[i] = ((37 i^2 + 101 i) mod 257 - 128) / 32.
The exhaustive comparison, every wavelet, mode and length, is python/tests/test_wavelet.py.
"""

import pathlib

import numpy as np
import pywt

WAVELETS = ["haar", "db4", "coif2", "bior2.6", "rbio3.1"]
MODES = [
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "antisymmetric",
    "antireflect",
    "periodization",
]


def signal(n):
    i = np.arange(n)
    return ((37 * i * i + 101 * i) % 257 - 128) / 32


def modwt(x, wavelet, level):
    """Percival and Walden 2000, equations 169a to 177."""
    low, high = (np.array(f) / np.sqrt(2) for f in (pywt.Wavelet(wavelet).rec_lo, pywt.Wavelet(wavelet).rec_hi))
    v, details = x, []
    for j in range(level):
        taps = np.array([np.roll(v, 2**j * k) for k in range(len(low))])
        v, details = low @ taps, [high @ taps, *details]
    return [v, *details]


def morlet(x, scale, w0=6.0):
    """Torrence and Compo 1998, equation 4 with the analytic Morlet wavelet, after zeros up to a power of two."""
    size = 1 << (2 * len(x) - 1).bit_length()
    w = 2 * np.pi * np.arange(size // 2 + 1) / size
    psi = np.zeros(size)
    psi[1 : size // 2 + 1] = np.sqrt(2 * np.pi * scale) * np.pi**-0.25 * np.exp(-0.5 * (scale * w[1:] - w0) ** 2)
    return np.fft.ifft(np.fft.fft(x, size) * psi)[: len(x)]


def main():
    lines = [f"# PyWavelets {pywt.__version__}, NumPy {np.__version__}; transform,wavelet,mode,level,n,coefficients"]

    def add(transform, wavelet, mode, level, n, bands):
        values = ",".join(f"{v:.17g}" for v in np.concatenate(bands))
        lines.append(f"{transform},{wavelet},{mode},{level},{n},{values}")

    for wavelet in WAVELETS:
        for mode in MODES:
            for n in (4, 23):
                add("dwt", wavelet, mode, 1, n, pywt.dwt(signal(n), wavelet, mode))
        add("swt", wavelet, "periodic", 2, 24, pywt.swt(signal(24), wavelet, 2, trim_approx=True))
    for mode in MODES:
        add("wavedec", "db3", mode, 3, 45, pywt.wavedec(signal(45), "db3", mode, 3))
    for mode in ("symmetric", "periodization"):
        for order in ("natural", "freq"):
            nodes = pywt.WaveletPacket(signal(40), "db2", mode, maxlevel=3).get_level(3, order)
            add(f"packets_{order}", "db2", mode, 3, 40, [node.data for node in nodes])
    # Inverses of coefficients that no signal has.
    for mode in MODES:
        for wavelet in ("db4", "bior2.6"):
            add("idwt", wavelet, mode, 1, 9, [pywt.idwt(signal(18)[:9], signal(18)[9:], wavelet, mode)])
    for wavelet in ("db4", "bior2.6"):
        add("iswt", wavelet, "periodic", 2, 24, [pywt.iswt(list(signal(72).reshape(3, 24)), wavelet)])
    for wavelet in ("db4", "sym7"):
        add("modwt", wavelet, "periodic", 3, 29, modwt(signal(29), wavelet, 3))
    # A tone of 0.12 cycles a sample; the level is the scale: above, near and below the tone. Real parts, then imaginary ones.
    for scale in (4, 8, 12):
        rows = morlet(np.cos(0.24 * np.pi * np.arange(50)), scale)
        add("cwt", "morlet", "zero", scale, 50, [rows.real, rows.imag])
    path = pathlib.Path(__file__).with_name("wavelet_reference.csv")
    path.write_text("\n".join(lines) + "\n")
    print(f"{path}: {len(lines) - 1} transforms, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
