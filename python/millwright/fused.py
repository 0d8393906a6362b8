"""Several detectors of rows as one, with a score that is a tail probability."""

from .detect.fused import (
    FusedDetector,
)

__all__ = [
    "FusedDetector",
]
