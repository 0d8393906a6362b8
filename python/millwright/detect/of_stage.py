"""From a stage of the core to the estimator that stands for it, every class of the package loaded."""

from .._generated import estimators  # noqa: F401  # its classes register themselves
from .estimators import estimator_class, fitted_detector, fitted_normalizer

__all__ = ["estimator_class", "fitted_detector", "fitted_normalizer"]
