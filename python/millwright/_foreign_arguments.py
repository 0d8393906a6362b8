"""What people type who come from scikit-learn, and what it is called here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, ClassVar, Self

__all__ = [
    "DETECTOR_REASONS",
    "ESTIMATOR_REASONS",
    "FUSION_REASONS",
    "OURS",
    "PIPELINE_REASONS",
    "KnownArguments",
    "refuse_foreign",
]

#: Argument of scikit-learn -> arguments that mean the same here; the first that a class has is named.
OURS = {
    "n_estimators": ("trees",),
    "max_samples": ("samples",),
    "n_jobs": ("threads",),
    "random_state": ("seed",),
    "contamination": ("alpha",),
    "n_neighbors": ("neighbors",),
    "n_clusters": ("clusters", "regimes"),
    "n_components": ("components",),
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

#: Why a class has no such argument, where nothing means the same.
ESTIMATOR_REASONS = {
    "n_jobs": "it fits in one thread",
    "random_state": "the same rows always give the same model",
}
DETECTOR_REASONS = ESTIMATOR_REASONS | {
    "contamination": "predict draws its line at the first percentile of the training rows' scores, offset_, and a pipeline "
    "learns its threshold from alert=AlertBudget(max_false_episodes_per_week=...)",
}
_TO_THE_DETECTOR = "give it to the detectors, for example detect=[IsolationForest({}=...)]"
FUSION_REASONS = {
    "n_estimators": _TO_THE_DETECTOR.format("trees"),
    "max_samples": _TO_THE_DETECTOR.format("samples"),
    "n_jobs": _TO_THE_DETECTOR.format("threads"),
    "random_state": _TO_THE_DETECTOR.format("seed"),
}
PIPELINE_REASONS = FUSION_REASONS | {
    "contamination": "alert=AlertBudget(max_false_episodes_per_week=...) says how many false alarms are accepted",
}


class KnownArguments:
    """Base of what is set up by keyword: arguments of scikit-learn are refused with the name that they have here."""

    _reasons: ClassVar[dict[str, str]] = {}

    def __new__(cls, *args: Any, **settings: Any) -> Self:
        # Here and not in __init__, whose signature is what scikit-learn, help and editors show.
        refuse_foreign(cls, settings)
        return super().__new__(cls)


def refuse_foreign(cls: type[KnownArguments], given: Iterable[str]) -> None:
    """An error that names ours, if an argument that the class does not have is one of scikit-learn's."""
    for name in given:
        if name not in OURS:
            continue
        known = list(inspect.signature(cls).parameters)
        if name in known:
            continue
        ours = next((own for own in OURS[name] if own in known), None)
        if ours is not None:
            raise TypeError(f"{cls.__name__} has no argument {name}: it is called {ours} here")
        if name in cls._reasons:
            raise TypeError(f"{cls.__name__} has no argument {name}: {cls._reasons[name]}")
        raise TypeError(f"{cls.__name__} has no argument {name}; it has {', '.join(known) or 'none'}")
