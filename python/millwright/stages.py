"""Every stage and section that a pipeline is put together from."""

from ._generated import estimators, sections
from ._generated.estimators import *  # noqa: F403
from ._generated.sections import *  # noqa: F403

__all__ = [*estimators.__all__, *sections.__all__]
