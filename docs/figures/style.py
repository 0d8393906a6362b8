"""What the figures of the pages have in common. They are drawn by `./dev docs` into build/docs/figures and are not committed."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

FOLDER = Path(__file__).resolve().parents[2] / "build" / "docs" / "figures"

# The salt makes the same bytes at every run.
plt.rcParams.update({"svg.hashsalt": "millwright", "font.size": 9, "path.simplify_threshold": 1.0})


def save(figure: plt.Figure, name: str) -> None:
    """Writes build/docs/figures/NAME.svg; a page shows it by a link `[Figure: what it shows](figures/SCRIPT.py#NAME)`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
