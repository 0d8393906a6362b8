"""What a pipeline says about a recording: features, scores and episodes."""

from .pipeline.result import QUALITY_BITS, Contributor, Episode, Result

__all__ = ["QUALITY_BITS", "Contributor", "Episode", "Result"]
