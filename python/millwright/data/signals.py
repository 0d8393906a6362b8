"""Signals: channels that were sampled together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._typing import AnyArray, Int64Array, SampleArray
from .settings import Channel
from .times import TimeLike, stamps_to_ns, to_ns

__all__ = ["Signal"]


@dataclass(frozen=True)
class Signal:
    """Channels of one rate, sampled together. Make one by `continuous`, `from_records` or `from_timestamps`.

    Attributes
    ----------
    channels : tuple of Channel
        One for each column of `samples`, all of one rate.
    samples : ndarray of shape (n, channels), float32
    start_ns : ndarray of shape (segments,), int64
        Stamp of the first sample of each segment.
    segment_first : ndarray of shape (segments,), int64
        Row of `samples` at which each segment begins.
    timestamps_ns : ndarray of shape (n,), int64, or None
        One stamp for each sample; then there is one segment.
    """

    channels: tuple[Channel, ...]
    samples: SampleArray
    start_ns: Int64Array
    segment_first: Int64Array
    timestamps_ns: Int64Array | None = None

    @classmethod
    def continuous(cls, channels: Sequence[Channel], samples: AnyArray, start_time: TimeLike = 0) -> Signal:
        """An uninterrupted signal of shape (n, channels) whose first sample was taken at `start_time`."""
        values = _as_samples(samples, channels)
        return cls(tuple(channels), values, np.array([to_ns(start_time)]), np.zeros(1, np.int64))

    @classmethod
    def from_records(cls, channels: Sequence[Channel], records: AnyArray, starts: AnyArray) -> Signal:
        """Bursts of shape (records, samples, channels), the first sample of each taken at `starts`."""
        if records.ndim != 3:
            raise ValueError(f"records have the shape (records, samples, channels), got {records.shape}")
        count, length, width = records.shape
        start_ns = stamps_to_ns(np.asarray(starts))
        if start_ns.shape != (count,):
            raise ValueError(f"there are {count} records and {start_ns.size} start times")
        values = _as_samples(records.reshape(count * length, width), channels)
        return cls(tuple(channels), values, start_ns, np.arange(count, dtype=np.int64) * length)

    @classmethod
    def from_timestamps(cls, channels: Sequence[Channel], samples: AnyArray, timestamps: AnyArray) -> Signal:
        """A signal of shape (n, channels) with one stamp for each row."""
        values = _as_samples(samples, channels)
        stamps = stamps_to_ns(np.asarray(timestamps))
        if stamps.shape != (len(values),):
            raise ValueError(f"there are {len(values)} samples and {stamps.size} timestamps")
        return cls(tuple(channels), values, stamps[:1].copy(), np.zeros(1, np.int64), stamps)


def _as_samples(samples: AnyArray, channels: Sequence[Channel]) -> SampleArray:
    """Float32 of shape (n, channels); no copy where it is that already."""
    names = ", ".join(channel.name for channel in channels)
    if not channels or any(channel.rate_hz != channels[0].rate_hz for channel in channels):
        raise ValueError(f"the channels of one signal share one rate_hz; these do not: {names}")
    if samples.ndim == 1 and len(channels) == 1:
        samples = samples[:, np.newaxis]
    if samples.ndim != 2 or samples.shape[1] != len(channels):
        raise ValueError(
            f"expected samples of shape (n, {len(channels)}) for the channels {names}, got {samples.shape}"
        )
    if samples.dtype.kind not in "fiub":
        raise TypeError(f"samples are real numbers, not {samples.dtype} (channels {names})")
    return samples.astype(np.float32, copy=False)
