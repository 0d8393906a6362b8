"""Base classes of the estimators: the core's stages behind scikit-learn's interface."""

from .detect.estimators import (
    AnomalyScores,
    Detector,
    Normalizer,
)

__all__ = [
    "AnomalyScores",
    "Detector",
    "Normalizer",
]
