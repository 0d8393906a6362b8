"""Isolation forests that follow the machine: guarded rows, some new trees every day."""

from .lifecycle.forest_refresh import (
    AcceptedBuffer,
    refresh_forest,
)

__all__ = [
    "AcceptedBuffer",
    "refresh_forest",
]
