"""Weights of the fusion, learned from a few labelled events."""

from .evaluate.fusion_weights import (
    EventOutcome,
    EventReport,
    FusionWeights,
    learn_fusion_weights,
)

__all__ = [
    "EventOutcome",
    "EventReport",
    "FusionWeights",
    "learn_fusion_weights",
]
