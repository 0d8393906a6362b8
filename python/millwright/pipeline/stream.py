"""Running pipelines: one stream is all the state of one asset."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._checkpointed import Checkpointed
from ..data.times import TimeLike, stamps_to_ns, to_ns
from .result import Result, to_episode

if TYPE_CHECKING:
    from ..data.recording import Recording
    from .pipeline import Pipeline

__all__ = ["Stream"]


class Stream(Checkpointed[_core.Stream]):
    """A fitted pipeline that runs over samples as they come. Made by `Pipeline.stream`.

    Any cutting of the same samples gives the same windows, byte for byte; so does a whole recording, and the
    gateway program. A stream belongs to one thread at a time.

    Attributes
    ----------
    groups : list of list of str
        Channels that are pushed together, in the order in which `push` counts groups and columns.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._model = pipeline.core_
        self._core = _core.Stream(self._model)
        self.groups = self._core.groups

    def push(
        self,
        samples: ArrayLike,
        *,
        group: int = 0,
        start_time: TimeLike | None = None,
        timestamps: ArrayLike | None = None,
    ) -> Result:
        """Take a block of any size; give the windows that it completes.

        Parameters
        ----------
        samples : array-like of shape (n, channels of the group)
            Float32 is taken where it lies, anything else is copied. NaN marks samples that are missing.
        group : int, default=0
            Index into `groups`.
        start_time : int, str, datetime or datetime64, optional
            Stamp of the first sample; default: the block follows the one before.
        timestamps : array-like of shape (n,), optional
            Stamps of all samples, datetime64 or nanoseconds since 1970.

        Returns
        -------
        Result
            The completed windows, none or more. Its episodes are those that this block raised, changed or cleared.

        Raises
        ------
        ValueError
            If there is no such group or its channels are another number; the state is then as before.
        """
        block = np.asarray(samples)
        if block.ndim == 1:
            block = block[:, np.newaxis]
        if block.dtype.kind not in "fiub":
            raise TypeError(f"samples are real numbers, not {block.dtype}")
        columns = self._core.push(
            group,
            block.astype(np.float32, copy=False),
            None if start_time is None else to_ns(start_time),
            None if timestamps is None else stamps_to_ns(np.asarray(timestamps)),
        )
        return to_result(columns, self._model)

    def run(
        self, recording: Recording, *, block_samples: int = 65_536, report: Callable[[int], None] | None = None
    ) -> Result:
        """Take a whole recording in the order of time; the same as `Pipeline.run` on a new stream.

        Parameters
        ----------
        recording : Recording
        block_samples : int, default=65536
            Samples pushed at once; it has no influence on the result.
        report : callable, optional
            Called now and then with the number of samples taken so far.
        """
        return to_result(self._core.run(recording.handle, block_samples, report), self._model)

    def reset(self) -> None:
        """Forget everything, as if new."""
        self._core.reset()

    @property
    def counters(self) -> dict[str, int]:
        """What happened so far: samples, duplicates, gaps, stuck values, windows, episodes ..."""
        return self._core.counters

    @property
    def position(self) -> list[int]:
        """Samples taken from each group so far: where a replay must go on after `restore`."""
        return self._core.position


def to_result(columns: _core.WindowColumns, model: _core.Pipeline) -> Result:
    """Columns from the core, with the names that belong to them."""
    evidence = model.evidence
    return Result(
        end_time_ns=columns["end_time_ns"],
        feature_values=columns["feature_values"],
        score_values=columns["score_values"],
        severity_values=columns["severity_values"],
        severity=columns["severity"],
        regime=columns["regime"],
        quality=columns["quality"],
        is_scored=columns["is_scored"],
        is_alarm=columns["is_alarm"],
        episode_list=[to_episode(fields) for fields in columns["episodes"]],
        feature_names=model.feature_names,
        detector_names=model.detector_names,
        threshold=evidence["threshold"],
        evidence=evidence,
    )
