"""Pipelines: declared once, fitted on normal operation, run in the notebook and in the gateway."""

from .pipeline import Pipeline, load

__all__ = ["Pipeline", "load"]
