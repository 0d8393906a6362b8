"""Rows that a model may learn from while it runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._checkpointed import Checkpointed
from .._typing import FloatArray
from ..data.times import stamps_to_ns

__all__ = ["AcceptedBuffer"]


class AcceptedBuffer(Checkpointed[_core.AcceptedBuffer]):
    """The last rows that a model may learn from, by guards against learning the fault.

    A row is taken at most every `interval_s`, only while no alarm is open nor was in the last `settle_s`, with a
    severity of at most `max_severity` and all values finite. It then waits: an alarm within `quarantine_s` throws out
    all rows that wait. A slow drift that raises no alarm passes.

    Parameters
    ----------
    columns : int
        Values in a row.
    capacity : int, default=4096
        Rows that are kept; the oldest makes way.
    max_severity : float, default=1.3
        Most severe row that is taken; 1.3 is one normal row in twenty.
    interval_s : float, default=300
        Least time between two rows that are taken.
    quarantine_s : float, default=259200
        Time without an alarm after which a row is kept: three days.
    settle_s : float, default=3600
        Time after an alarm during which no row is taken.
    """

    def __init__(
        self,
        columns: int,
        *,
        capacity: int = 4096,
        max_severity: float = 1.3,
        interval_s: float = 300.0,
        quarantine_s: float = 259200.0,
        settle_s: float = 3600.0,
    ) -> None:
        self._core = _core.AcceptedBuffer(columns, capacity, max_severity, interval_s, quarantine_s, settle_s)

    def offer(self, rows: ArrayLike, end_time: ArrayLike, severity: ArrayLike, is_alarm: ArrayLike) -> None:
        """Offer rows in the order of time.

        Parameters
        ----------
        rows : array-like of shape (n_rows, columns)
            What the detector scored: features, normalised where the pipeline normalises.
        end_time : array-like of shape (n_rows,)
            Stamps, datetime64 or nanoseconds since 1970.
        severity, is_alarm : array-like of shape (n_rows,)
            As in `Result`.
        """
        self._core.offer(
            np.asarray(rows, dtype=np.float64),
            stamps_to_ns(np.asarray(end_time)),
            np.asarray(severity, dtype=np.float64),
            np.asarray(is_alarm, dtype=bool),
        )

    @property
    def rows(self) -> FloatArray:
        """The rows that are kept, shape (n, columns), in no order of time; a copy."""
        return self._core.rows

    @property
    def waiting(self) -> int:
        """Rows in quarantine."""
        return self._core.waiting
