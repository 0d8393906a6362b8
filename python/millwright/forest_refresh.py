"""Isolation forests that follow the machine: guarded rows, some new trees every day."""

from .lifecycle.accepted_buffer import AcceptedBuffer
from .lifecycle.forest_refresh import refresh_forest

__all__ = [
    "AcceptedBuffer",
    "refresh_forest",
]
