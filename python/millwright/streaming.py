"""Signal stages, each a stream of its own: samples in, samples or frames out."""

from ._generated import signal_stages
from ._generated.signal_stages import *  # noqa: F403

__all__ = [*signal_stages.__all__]
