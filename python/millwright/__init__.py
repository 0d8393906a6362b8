"""Condition monitoring: the same features, scores and alarms in the notebook and in the gateway.

A `Pipeline` is declared from channels, windows, features and detectors, fitted on recordings of normal operation,
saved as one bundle, and run: here, or by the ``millwright`` program, with the same results byte for byte."""

from . import _lazy

__all__, __getattr__, __dir__ = _lazy.attach(__name__, __file__)
