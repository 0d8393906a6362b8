"""Rolling-element bearings: geometry and the frequencies of their faults."""

from .vibration.physics import (
    Bearing,
)

__all__ = [
    "Bearing",
]
