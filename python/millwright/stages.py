"""Every stage and section that a pipeline is put together from."""

from ._generated import estimators, sections
from ._generated.estimators import *
from ._generated.sections import *

__all__ = [*estimators.__all__, *sections.__all__]
