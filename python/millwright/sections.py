"""Base of the settings that a pipeline is put together from."""

from .data.sections import (
    Section,
)

__all__ = [
    "Section",
]
