"""Running pipelines: one stream is all the state of one asset."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from ..data.times import TimeLike, stamps_to_ns, to_ns
from .result import Result, to_episode

if TYPE_CHECKING:
    from ..data.recording import Recording
    from .pipeline import Pipeline

__all__ = ["Stream"]


class Stream:
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
        """Forget everything, as if new. Shadows stay, and start anew."""
        self._core.reset()

    def checkpoint(self) -> bytes:
        """All state, for `restore`: what is stopped and restored goes on as if it had not stopped."""
        return self._core.checkpoint()

    def restore(self, checkpoint: bytes) -> _core.Restored:
        """Continue where `checkpoint` was called, on a stream of the same pipeline or of another one of the same channels.

        After an update, with another threshold or other detectors, the open episode, counters and clock go on; parts whose
        settings or models changed start anew, and a warning says which.

        Returns
        -------
        dict
            ``taken``: parts that go on; ``dropped``: parts that start anew, with the reason.

        Raises
        ------
        ValueError
            If the bytes are damaged or belong to other channels; the stream is then as new.
        """
        restored = self._core.restore(checkpoint)
        if restored["dropped"]:
            parts = "; ".join(f"{name}: {why}" for name, why in restored["dropped"].items())
            warnings.warn(f"the checkpoint does not fit this pipeline in full. {parts}", stacklevel=2)
        return restored

    def add_shadow(self, candidate: Pipeline) -> None:
        """Let another fitted pipeline judge the same feature rows, for nobody's alarm: its severities are
        `Result.shadow_severity`, and nothing else that this stream says changes.

        Parameters
        ----------
        candidate : Pipeline
            Fitted on the same features; at most four shadows a stream.
        """
        self._core.add_shadow(candidate.core_)

    def reports(self) -> list[_core.MonitorReport]:
        """What the monitors say: dicts with monitor, measure, value and windows."""
        return self._core.reports()

    def command(
        self,
        kind: str,
        *,
        actor: str,
        text: str = "",
        episode: int = 0,
        time: TimeLike | None = None,
        duration_s: float = 0.0,
    ) -> None:
        """Say what an operator decided. It waits for its time, is part of the checkpoint, and is counted when it comes due.

        Parameters
        ----------
        kind : str
            "acknowledge", "shelve", "unshelve", "remove_from_service", "return_to_service", "reset", "maintenance" or
            "comment".
        actor : str
            Who says so.
        text : str, default=""
            Why; a comment needs it.
        episode : int, default=0
            Number of the episode that is meant; 0: whatever is open.
        time : int, str, datetime or datetime64, optional
            When it holds; default: from the next window.
        duration_s : float, default=0.0
            Of "shelve", which needs it, and "maintenance".
        """
        self._core.command(kind, actor, text, episode, None if time is None else to_ns(time), duration_s)

    def set_external(self, name: str, value: float, *, time: TimeLike | None = None) -> None:
        """Tell a value that no channel carries, such as a product code or operating hours. It holds from `time` (default:
        the next window) until the next one of that name."""
        self._core.set_external(name, value, None if time is None else to_ns(time))

    @property
    def externals(self) -> dict[str, float]:
        """External values that hold now, by name."""
        return self._core.externals

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
        shadow_severity=columns["shadow_severity"],
    )
