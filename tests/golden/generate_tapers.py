"""Writes tapers.json: tapers, their noise bandwidths and Bessel values as SciPy gives them.

python tests/golden/generate_tapers.py        (needs numpy and scipy; their versions are recorded in the file)
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.signal
import scipy.special

WINDOWS = {
    "boxcar": "boxcar",
    "hann": "hann",
    "hamming": "hamming",
    "blackman": "blackman",
    "blackmanharris": "blackmanharris",
    "flattop": "flattop",
    "kaiser(beta=0)": ("kaiser", 0.0),
    "kaiser(beta=8.6)": ("kaiser", 8.6),
    "kaiser(beta=25)": ("kaiser", 25.0),
    "tukey(alpha=0)": ("tukey", 0.0),
    "tukey(alpha=0.25)": ("tukey", 0.25),
    "tukey(alpha=0.5)": ("tukey", 0.5),
    "tukey(alpha=1)": ("tukey", 1.0),
    "gaussian(std=7)": ("gaussian", 7.0),
    "gaussian(std=0.5)": ("gaussian", 0.5),
}


def main():
    cases = []
    for name, window in WINDOWS.items():
        for n in (1, 2, 3, 7, 16, 33):
            for fftbins in (True, False):
                values = scipy.signal.get_window(window, n, fftbins)
                cases.append({"window": name, "n": n, "fftbins": fftbins, "values": values.tolist()})
    bandwidths = []
    for name, window in WINDOWS.items():
        values = scipy.signal.get_window(window, 1024)
        bandwidths.append({"window": name, "enbw": 1024 * np.sum(values**2) / np.sum(values) ** 2})
    x = [0.0, 1e-9, 0.1, 1.0, 3.7, 8.6, 14.0, 25.0, 100.0, 700.0]
    bessel = [{"x": v, "i0": float(scipy.special.i0(v))} for v in x]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    content = {
        "made_by": "generate_tapers.py",
        "versions": versions,
        "tapers": cases,
        "bandwidths": bandwidths,
        "bessel": bessel,
    }
    path = pathlib.Path(__file__).with_name("tapers.json")
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
