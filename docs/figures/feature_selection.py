"""feature_selection.svg: a feature that tells the remaining life over four runs, and one that does not."""

import matplotlib.pyplot as plt
import numpy as np
from style import save

import millwright as mw


def main() -> None:
    runs = [mw.simulate_bearing_run(records=120, seed=seed) for seed in range(4)]
    pipeline = mw.Pipeline(channels=runs[0].channels, window="100ms", features=mw.features.efficient)
    tables = [pipeline.extract_features(run.recording()) for run in runs]
    ranked = mw.features.rank(tables).dropna()

    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    for axis, row in zip(axes, (ranked.iloc[0], ranked.iloc[-1]), strict=True):
        for table in tables:
            values = table[row["feature"]].to_numpy()
            axis.plot(np.linspace(0, 100, len(values)), values, linewidth=0.9)
        axis.set_title(
            f"{row['feature']}\nmonotonicity {row['monotonicity']:.2f}, trendability {row['trendability']:.2f}, "
            f"prognosability {row['prognosability']:.2f}",
            fontsize=8,
        )
        axis.set_xlabel("life, %")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    save(figure, "feature_selection")


if __name__ == "__main__":
    main()
