"""features.svg: what measures of impulsiveness make of impacts that grow, and of one spike alone."""

import matplotlib.pyplot as plt
import numpy as np
from style import save

from millwright.features import FeatureExtractor

RATE_HZ = 25_600.0
LENGTH = 4096
NAMES = {"kurtosis": 3.0, "crest": 3.9, "l_kurtosis": 0.1226, "moors_kurtosis": 1.233}


def main() -> None:
    random = np.random.default_rng(1)
    noise = random.standard_normal((16, LENGTH))
    t = np.arange(LENGTH) / RATE_HZ
    since = np.mod(t, 1 / 107.0)
    impacts = np.exp(-1500 * since) * np.sin(2 * np.pi * 4200 * since)
    spike = np.zeros(LENGTH)
    spike[2000] = 1.0
    sizes = np.linspace(0, 12, 25)
    extractor = FeatureExtractor(list(NAMES), rate_hz=RATE_HZ, length=LENGTH)

    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
    for axis, shape, title in zip(axes, (impacts, spike), ("impacts, 107 a second", "one spike"), strict=True):
        values = np.array([extractor.transform(noise + size * shape).mean(axis=0) for size in sizes])
        for column, (name, gaussian) in enumerate(NAMES.items()):
            axis.plot(sizes, values[:, column] / gaussian, label=name)
        axis.set_title(title)
        axis.set_xlabel("height over the noise's rms")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("value over that of noise alone")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    save(figure, "features")


if __name__ == "__main__":
    main()
