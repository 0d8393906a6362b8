"""Features by name: what exists, ready sets of them, ranking and selection, and an extractor for arrays.

A feature is named ``channel[@window].[log_]feature[(argument=value,...)]``, for example ``vib_x.kurtosis``,
``vib_x@1s.log_band_rms(f_lo=500,f_hi=1500)``. The name alone rebuilds the extraction.
"""

from .definitions import default_names, definitions
from .extractor import FeatureExtractor
from .sets import (
    FeatureSet,
    acoustic,
    bearing,
    comprehensive,
    efficient,
    gearbox,
    minimal,
    prognostic_scores,
    rank,
    select,
)

__all__ = [
    "FeatureExtractor",
    "FeatureSet",
    "acoustic",
    "bearing",
    "comprehensive",
    "default_names",
    "definitions",
    "efficient",
    "gearbox",
    "minimal",
    "prognostic_scores",
    "rank",
    "select",
]
