"""Whole pipelines for common machines, as starting points."""

from .pipeline.presets import (
    bearing_run_to_failure,
)

__all__ = [
    "bearing_run_to_failure",
]
