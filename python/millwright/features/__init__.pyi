"""What the module gives, and where each name comes from: for type checkers, and at run time for `_lazy`."""

from .catalogue import default_names, definitions
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
