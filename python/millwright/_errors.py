"""Errors that other libraries define."""

from __future__ import annotations

__all__ = ["not_fitted"]


def not_fitted(message: str) -> Exception:
    """scikit-learn's NotFittedError, which is a ValueError and an AttributeError. Imported when there is one to raise."""
    from sklearn.exceptions import NotFittedError

    error: Exception = NotFittedError(message)
    return error
