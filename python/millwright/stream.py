"""Running pipelines: one stream is all the state of one asset."""

from .pipeline.stream import (
    Stream,
)

__all__ = [
    "Stream",
]
