"""Stamps: nanoseconds since 1970-01-01 UTC, as the core counts them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from .._typing import AnyArray, Int64Array

TimeLike: TypeAlias = "int | str | dt.datetime | np.datetime64"


def to_ns(time: TimeLike) -> int:
    """A moment as nanoseconds: an int is taken as it is, text as ISO 8601; without a time zone it is UTC."""
    if isinstance(time, int | np.integer) and not isinstance(time, bool):
        return int(time)
    if isinstance(time, str):
        time = dt.datetime.fromisoformat(time)
    if isinstance(time, dt.datetime):
        # pandas.Timestamp is a datetime that knows its nanoseconds.
        nanosecond = int(getattr(time, "nanosecond", 0))
        if time.tzinfo is not None:
            time = time.astimezone(dt.UTC).replace(tzinfo=None)
        since = time - dt.datetime(1970, 1, 1)
        return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000 + nanosecond
    if isinstance(time, np.datetime64) and not np.isnat(time):
        return int(time.astype("datetime64[ns]").astype(np.int64))
    raise TypeError(f"a time is nanoseconds since 1970, ISO 8601 text, a datetime or a numpy.datetime64, not {time!r}")


def stamps_to_ns(stamps: AnyArray) -> Int64Array:
    """Several moments: datetime64 of any unit, or whole nanoseconds."""
    if stamps.dtype.kind == "M":
        if np.isnat(stamps).any():
            raise ValueError(
                f"timestamp {int(np.flatnonzero(np.isnat(stamps))[0])} is missing (NaT); every row needs one"
            )
        return stamps.astype("datetime64[ns]").astype(np.int64)
    if stamps.dtype.kind in "iu":
        return stamps.astype(np.int64)
    raise TypeError(f"timestamps are datetime64 or whole nanoseconds since 1970, not {stamps.dtype}")


def intervals_to_ns(intervals: Sequence[tuple[TimeLike, TimeLike]]) -> Int64Array:
    """Pairs of moments, shape (intervals, 2)."""
    return np.array([(to_ns(first), to_ns(last)) for first, last in intervals], np.int64).reshape(-1, 2)


def to_datetime64(ns: Int64Array) -> AnyArray:
    """Nanoseconds as datetime64[ns]; no copy."""
    return ns.view("datetime64[ns]")
