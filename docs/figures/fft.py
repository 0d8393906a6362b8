"""Draws fft.svg: rounding error of the real transform over its length, against SciPy in long double."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import scipy.fft
from style import save

from millwright import fft

FAMILIES = {
    "powers of 2": [2**k for k in range(2, 17)],
    "other factors 2, 3, 5": [6, 15, 30, 60, 120, 240, 450, 900, 1800, 3600, 7200, 15_000, 30_000, 60_000],
    "primes": [5, 11, 23, 53, 101, 211, 503, 1009, 2003, 4001, 8009, 16_001, 32_003, 65_537],
}


def error(n: int, dtype: type) -> float:
    """Root mean square error, relative to the root mean square of the bins."""
    x = np.random.default_rng(n).standard_normal(n).astype(dtype)
    exact = scipy.fft.rfft(x.astype(np.longdouble))
    return float(np.sqrt(np.mean(np.abs(fft.rfft(x) - exact) ** 2) / np.mean(np.abs(exact) ** 2)))


def main() -> None:
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
    for axis, dtype in zip(axes, (np.float64, np.float32), strict=True):
        for (name, lengths), marker in zip(FAMILIES.items(), "os^", strict=True):
            axis.loglog(lengths, [error(n, dtype) for n in lengths], marker, markersize=4, label=name)
        axis.axhline(float(np.finfo(dtype).eps), color="grey", linewidth=0.8)
        axis.set(title=f"{np.dtype(dtype).name} (line: machine epsilon)", xlabel="length", ylabel="relative rms error")
    axes[0].legend(fontsize=8)
    save(figure, "fft")


if __name__ == "__main__":
    main()
