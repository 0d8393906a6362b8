"""Features by name: what exists, ready sets of them, ranking and selection, and an extractor for arrays.

A feature is named ``channel[@window].[log_]feature[(argument=value,...)]``, for example ``vib_x.kurtosis``,
``vib_x@1s.log_band_rms(f_lo=500,f_hi=1500)``. The name alone rebuilds the extraction.
"""

from .. import _lazy

__all__, __getattr__, __dir__ = _lazy.attach(__name__, __file__)
