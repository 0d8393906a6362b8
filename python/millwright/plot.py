"""Plots, as Display objects in the manner of scikit-learn. They need matplotlib."""

from .pipeline.plot import (
    FeatureTrendDisplay,
    ScoreDisplay,
    SpectrumDisplay,
)

__all__ = [
    "FeatureTrendDisplay",
    "ScoreDisplay",
    "SpectrumDisplay",
]
