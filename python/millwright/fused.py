"""Several detectors of rows as one, with a score that is a tail probability."""

from .detect.fused import FusedDetector, default_detectors

__all__ = ["FusedDetector", "default_detectors"]
