"""What people type who come from scikit-learn, and what it is called here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Self

__all__ = ["KnownArguments", "refuse_foreign"]

#: Argument of scikit-learn -> arguments that mean the same here; the first that a class has is named.
OURS = {
    "n_estimators": ("trees",),
    "max_samples": ("samples",),
    "n_jobs": ("threads",),
    "random_state": ("seed",),
    "contamination": ("alpha",),
    "n_neighbors": ("neighbors",),
    "n_clusters": ("clusters",),
    "n_components": ("components", "features"),
    "hidden_layer_sizes": ("hidden",),
    "max_iter": ("max_iterations", "epochs"),
    "tol": ("tolerance",),
    "learning_rate_init": ("learning_rate",),
    "batch_size": ("batch",),
    "cache_size": ("cache_mb",),
    "support_fraction": ("support",),
    "estimators": ("detect",),
    "steps": ("detect",),
}

#: Why there is no such argument, where nothing means the same.
REASONS = {
    "n_jobs": "it fits in one thread",
    "random_state": "the same rows always give the same model",
    "contamination": "`predict` draws its line at the first percentile of the training rows' scores, `offset_`, and a pipeline "
    "learns its threshold from alert=AlertBudget(max_false_episodes_per_week=...)",
}
PIPELINE_REASONS = {
    "n_estimators": "give it to the detector, detect=[IsolationForest(trees=...)]",
    "max_samples": "give it to the detector, detect=[IsolationForest(samples=...)]",
    "n_jobs": "give it to the detector, detect=[IsolationForest(threads=...)]",
    "random_state": "give it to the detector, detect=[IsolationForest(seed=...)]",
    "contamination": "alert=AlertBudget(max_false_episodes_per_week=...) sets the threshold",
    "memory": "nothing is cached",
}


def refuse_foreign(owner: str, known: Iterable[str], given: Iterable[str], reasons: dict[str, str]) -> None:
    """An error that names ours, if an argument is one of scikit-learn's."""
    known = list(known)
    for name in given:
        if name in known:
            continue
        ours = next((own for own in OURS.get(name, ()) if own in known), None)
        if ours is not None:
            raise TypeError(f"{owner} has no argument {name}: it is called {ours} here")
        if name in reasons:
            raise TypeError(f"{owner} has no argument {name}: {reasons[name]}")
        if name in OURS:
            raise TypeError(f"{owner} has no argument {name}; it has {', '.join(known) or 'none'}")


class KnownArguments:
    """Base of what is set up by keyword: arguments of scikit-learn are refused with the name that they have here."""

    _reasons = REASONS

    def __new__(cls, *args: Any, **settings: Any) -> Self:
        # Here and not in __init__, whose signature is what scikit-learn, help and editors show.
        cls._refuse_foreign(settings)
        return super().__new__(cls)

    @classmethod
    def _refuse_foreign(cls, given: Iterable[str]) -> None:
        names = [name for name in given if name in OURS or name in cls._reasons]
        if names:
            refuse_foreign(cls.__name__, list(inspect.signature(cls).parameters), names, cls._reasons)
