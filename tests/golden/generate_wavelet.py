"""Writes wavelet_reference.csv: coefficients that PyWavelets gives.

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
    path = pathlib.Path(__file__).with_name("wavelet_reference.csv")
    path.write_text("\n".join(lines) + "\n")
    print(f"{path}: {len(lines) - 1} transforms, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
