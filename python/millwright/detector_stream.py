"""Detectors that run over rows as they come."""

from .detect.detector_stream import (
    DetectorStream,
)

__all__ = [
    "DetectorStream",
]
