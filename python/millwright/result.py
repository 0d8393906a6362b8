"""What a pipeline says about a recording: features, scores and episodes."""

from .pipeline.result import (
    Contributor,
    Episode,
    Result,
)

__all__ = [
    "Contributor",
    "Episode",
    "Result",
]
