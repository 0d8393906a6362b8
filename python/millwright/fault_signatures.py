"""Signatures of confirmed faults: which of them an alarm resembles. See docs/few-labels.md."""

from .evaluate.fault_signatures import (
    FaultSignatures,
    Hypothesis,
    LeftOutEvents,
    event_deviations,
)

__all__ = [
    "FaultSignatures",
    "Hypothesis",
    "LeftOutEvents",
    "event_deviations",
]
