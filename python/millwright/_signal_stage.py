"""Base of the streaming signal stages: a stage of the core, prepared, with the state of one stream."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import _core
from ._typing import AnyArray

__all__ = ["SignalStage"]


class SignalStage:
    """One stream through one stage: samples in, samples or frames out, in pieces of any size.

    However a signal is cut, `process` over the pieces followed by `flush` gives the same bytes as over the whole, and the
    same bytes as the C++ stage of that name.

    Attributes
    ----------
    output_columns : int
        Values in one item that comes out: channels, or the bins of a frame.
    output_rate_hz : float
        Items that come out per second (per revolution behind an order tracker).
    delay_s : float
        Time by which an item comes after what it describes.
    memory_needed : int
        Bytes that the stage took when it was prepared; it takes no more while running.
    """

    stage_id: ClassVar[str]
    _params: dict[str, Any]

    def _prepare(self, rate_hz: float, columns: int, dtype: DTypeLike, max_items: int) -> None:
        self.rate_hz = float(rate_hz)
        self.columns = int(columns)
        self.dtype = np.dtype(dtype)
        self.max_items = int(max_items)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype is {self.dtype}; give float32 or float64")
        kind = _core.SignalStage32 if self.dtype == np.float32 else _core.SignalStage64
        self._stage: _core.SignalStage32 | _core.SignalStage64 = kind(
            self.stage_id, self._params, self.rate_hz, self.columns, self.max_items
        )

    def __reduce__(self) -> tuple[Any, ...]:
        settings = {
            "rate_hz": self.rate_hz,
            "columns": self.columns,
            "dtype": self.dtype.name,
            "max_items": self.max_items,
            **self._params,
        }
        return _restored, (type(self), settings, self.state())

    def to_dict(self) -> dict[str, Any]:
        """The stage as a pipeline's JSON has it: its id and its settings, without rate and state."""
        lists = {
            name: [float(v) for v in value]
            for name, value in self._params.items()
            if value is not None and not isinstance(value, str | int | float)
        }
        return {"stage": self.stage_id, **self._params, **lists}

    def __repr__(self) -> str:
        values = {"rate_hz": self.rate_hz, **self._params}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"

    def fit(self, x: ArrayLike) -> Self:
        """Lets a stage that learns (for example a band at commissioning) learn from samples; it starts anew."""
        self._stage.fit(np.asarray(x, self.dtype))
        return self

    def process(self, x: ArrayLike) -> AnyArray:
        """What comes out after `x`.

        Parameters
        ----------
        x : array_like of shape (items,) or (items, columns)

        Returns
        -------
        ndarray of shape (items out,) if one column goes in and out, else (items out, output_columns)
        """
        return self._shaped(self._stage.process(np.asarray(x, self.dtype)))

    def flush(self) -> AnyArray:
        """What is still inside at the end of the signal. Afterwards only `reset` makes sense."""
        return self._shaped(self._stage.flush())

    def run(self, x: ArrayLike) -> AnyArray:
        """The whole signal at once: reset, process, flush."""
        self.reset()
        return np.concatenate([self.process(x), self.flush()])

    def reset(self) -> None:
        """Back to the start of a stream."""
        self._stage.reset()

    def state(self) -> bytes:
        """Everything that the rest of the output depends on; for a checkpoint."""
        return self._stage.state()

    def restore(self, state: bytes) -> None:
        """Goes on where `state` was called, on a stage with the same settings."""
        self._stage.restore(state)

    @property
    def output_columns(self) -> int:
        return self._stage.output_columns

    @property
    def output_rate_hz(self) -> float:
        return self._stage.output_rate_hz

    @property
    def delay_s(self) -> float:
        return self._stage.delay_s

    @property
    def memory_needed(self) -> int:
        return self._stage.memory_needed

    def _shaped(self, rows: AnyArray) -> AnyArray:
        return rows[:, 0] if self.columns == 1 and rows.shape[1] == 1 else rows


def _restored(cls: type[SignalStage], settings: dict[str, Any], state: bytes) -> SignalStage:
    stage = cls(**settings)
    stage.restore(state)
    return stage
