"""Recordings: what a pipeline learns from and runs over, and how other libraries' data become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np

from .. import _core
from .._typing import AnyArray, Int64Array
from .settings import Channel
from .signals import Signal
from .times import TimeLike, stamps_to_ns, to_ns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recording", "RecordingLike", "as_recording", "read_csv", "read_npy", "read_wav"]


class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> object: ...


class Recording:
    """Several signals of one asset, each with one or more channels of one rate.

    Parameters
    ----------
    signals : iterable of Signal
        Their channel names must be distinct.

    See Also
    --------
    read_csv, read_npy, read_wav : recordings from files.
    """

    def __init__(self, signals: Iterable[Signal]) -> None:
        self.handle = _core.Recording()
        """The core's recording; what the rest of the package gives to the core."""
        for signal in signals:
            self.handle.add_signal(
                [channel.to_dict() for channel in signal.channels],
                signal.samples,
                signal.segment_first,
                signal.start_ns,
                signal.timestamps_ns,
            )

    @classmethod
    def join(cls, recordings: Iterable[Recording]) -> Recording:
        """One recording from several of the same time, for example one file for each sampling rate.

        The samples are shared, not copied.

        Raises
        ------
        ValueError
            If two channels have one name.
        """
        joined = cls(())
        for recording in recordings:
            joined.handle.join(recording.handle)
        return joined

    @property
    def channel_names(self) -> list[str]:
        """Names of all channels, signal by signal."""
        return [name for group in self.handle.channel_names for name in group]

    @property
    def samples(self) -> int:
        """Samples of the longest signal."""
        return max(self.handle.sample_counts, default=0)

    def __getitem__(self, name: str) -> AnyArray:
        """Samples of one channel, float32, as they are in memory; read-only."""
        return self.handle.channel(name)

    @property
    def bad_lines(self) -> int:
        """Lines of a text file that could not be read and were skipped."""
        return self.handle.bad_lines

    @property
    def is_truncated(self) -> bool:
        """Whether the file that was read ended inside a line, a sample or a declared length."""
        return self.handle.is_truncated

    def __repr__(self) -> str:
        parts = zip(self.handle.channel_names, self.handle.sample_counts, strict=True)
        return "Recording(" + "; ".join(f"{', '.join(names)}: {count} samples" for names, count in parts) + ")"


RecordingLike: TypeAlias = "Recording | AnyArray | pd.DataFrame | Mapping[str, AnyArray] | _ArrowStream | _ArrowArray"


def as_recording(
    data: RecordingLike,
    channels: Sequence[Channel],
    *,
    start_time: TimeLike | None = None,
    record_interval_s: float | None = None,
) -> Recording:
    """Data of another library as a recording of `channels`.

    Parameters
    ----------
    data : Recording, ndarray, DataFrame, Arrow table or dict
        An array has the shape (samples, channels), or (records, samples, channels) together with
        `record_interval_s`; its columns are the channels in their order. Tables (pandas, polars, pyarrow, anything
        with ``__arrow_c_stream__`` or ``__arrow_c_array__``) are matched by column name and may have further
        columns; a pandas DatetimeIndex, or the one temporal column of another table, stamps the rows. Nulls become
        NaN. A dict of channel name to array may hold channels of several rates, each starting at `start_time`.
        A float32 array is taken where it lies, anything else is copied once.
    channels : sequence of Channel
        The pipeline's. Channels of role ignore may be absent.
    start_time : int, str, datetime or datetime64, optional
        Stamp of the first sample, where the data have no stamps; default 1970-01-01.
    record_interval_s : float, optional
        Time from the start of one record to the start of the next, for arrays of records.

    Raises
    ------
    ValueError
        If channels are missing or shapes do not fit.
    TypeError
        If `data` is of a kind that is not listed above, or holds other things than numbers.
    """
    if isinstance(data, Recording):
        if start_time is not None or record_interval_s is not None:
            raise ValueError("a Recording has its own times; leave start_time and record_interval_s out")
        return data
    used = [channel for channel in channels if channel.role != "ignore"]
    if isinstance(data, np.ndarray):
        used = list(channels) if data.shape[-1:] == (len(channels),) else used
        return Recording([_from_array(data, used, start_time, record_interval_s)])
    if record_interval_s is not None:
        raise ValueError("record_interval_s belongs to arrays of shape (records, samples, channels)")
    if isinstance(data, Mapping):
        return Recording(_from_dict(data, used, start_time))
    if _is_pandas(data):
        columns, stamps = _pandas_columns(data)
    elif hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        columns, stamps = _arrow_columns(data, used)
    else:
        raise TypeError(
            f"cannot make a recording from {type(data).__name__}: give a NumPy array, a pandas, polars or Arrow table, "
            "a dict of arrays, or a millwright.Recording"
        )
    return Recording([_from_table(columns, stamps, used, start_time)])


def _from_array(
    data: AnyArray, channels: Sequence[Channel], start_time: TimeLike | None, record_interval_s: float | None
) -> Signal:
    names = ", ".join(channel.name for channel in channels)
    if len({channel.rate_hz for channel in channels}) > 1:
        raise ValueError(
            f"the channels {names} have several rates; give a dict of channel name to array, or a Recording"
        )
    if data.ndim == 3:
        if record_interval_s is None:
            raise ValueError(
                "an array of shape (records, samples, channels) needs record_interval_s, the time between records"
            )
        if not record_interval_s > 0.0:
            raise ValueError(f"record_interval_s must be positive, got {record_interval_s}")
        # As the reader of .npy files counts, so that both give the same stamps.
        apart = np.floor(np.arange(len(data)) * float(record_interval_s) * 1e9 + 0.5).astype(np.int64)
        return Signal.from_records(channels, data, apart + to_ns(start_time or 0))
    if record_interval_s is not None:
        raise ValueError(
            f"record_interval_s belongs to arrays of shape (records, samples, channels), got shape {data.shape}"
        )
    return Signal.continuous(channels, data, start_time or 0)


def _missing(name: str, present: Iterable[object]) -> ValueError:
    return ValueError(
        f"there is no channel {name!r} in the data, which have: {', '.join(str(p) for p in present) or 'nothing'}"
    )


def _from_dict(data: Mapping[str, AnyArray], channels: Sequence[Channel], start_time: TimeLike | None) -> list[Signal]:
    groups: dict[float, list[Channel]] = {}
    for channel in channels:
        if channel.name not in data:
            raise _missing(channel.name, data)
        groups.setdefault(channel.rate_hz, []).append(channel)
    signals = []
    for group in groups.values():
        columns = [np.asarray(data[channel.name]) for channel in group]
        _check_lengths(group, columns)
        stamps = [_index_stamps(getattr(data[channel.name], "index", None)) for channel in group]
        samples = _side_by_side(group, columns)
        if stamps[0] is None:
            signals.append(Signal.continuous(group, samples, start_time or 0))
            continue
        if any(other is None or not np.array_equal(stamps[0], other) for other in stamps):
            raise ValueError(
                f"channels of one rate share their timestamps; these do not: {', '.join(c.name for c in group)}"
            )
        signals.append(Signal.from_timestamps(group, samples, stamps[0]))
    return signals


def _check_lengths(channels: Sequence[Channel], columns: Sequence[AnyArray]) -> None:
    for channel, column in zip(channels, columns, strict=True):
        if column.ndim != 1:
            raise ValueError(f"channel {channel.name!r} has the shape {column.shape}, expected one dimension")
        if len(column) != len(columns[0]):
            raise ValueError(
                f"channels of one rate have one length, but {channels[0].name!r} has {len(columns[0])} samples "
                f"and {channel.name!r} has {len(column)}"
            )


def _side_by_side(channels: Sequence[Channel], columns: Sequence[AnyArray]) -> AnyArray:
    """Columns as one array of shape (n, channels), in memory channel by channel, as the core wants them."""
    for channel, column in zip(channels, columns, strict=True):
        if column.dtype.kind not in "fiub":
            raise TypeError(f"channel {channel.name!r} does not hold real numbers but {column.dtype}")
    planar = np.empty((len(columns), len(columns[0])), np.float32)
    for row, column in zip(planar, columns, strict=True):
        row[:] = column
    return planar.T


def _is_pandas(data: object) -> bool:
    return type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns")


def _index_stamps(index: Any) -> Int64Array | None:
    """Stamps of a pandas DatetimeIndex; None for any other index."""
    if index is None or getattr(getattr(index, "dtype", None), "kind", "") != "M":
        return None
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return stamps_to_ns(index.to_numpy())


def _pandas_columns(frame: Any) -> tuple[dict[str, AnyArray], Int64Array | None]:
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if column.ndim != 1:
            raise ValueError(f"the table has several columns named {name!r}")
        is_nullable_number = getattr(column.dtype, "na_value", None) is not None and column.dtype.kind in "iufb"
        columns[str(name)] = column.to_numpy(np.float64, na_value=np.nan) if is_nullable_number else column.to_numpy()
    return columns, _index_stamps(frame.index)


def _arrow_columns(table: object, channels: Sequence[Channel]) -> tuple[dict[str, AnyArray], Int64Array | None]:
    columns: dict[str, AnyArray] = {}
    stamps: dict[str, Int64Array] = {}
    wanted = {channel.name for channel in channels}
    for name, data in _core.arrow_columns(table):
        if name in columns or name in stamps:
            raise ValueError(f"the table has several columns named {name!r}")
        if isinstance(data, str):
            if name in wanted:
                raise TypeError(f"column {name!r} does not hold real numbers (Arrow format {data!r})")
        elif data.dtype == np.int64:
            stamps[name] = data.view(np.int64)
        else:
            columns[name] = data
    if len(stamps) > 1:
        raise ValueError(f"several columns hold times: {', '.join(stamps)}; keep the one that stamps the rows")
    return columns, next(iter(stamps.values()), None)


def _from_table(
    columns: Mapping[str, AnyArray], stamps: Int64Array | None, channels: Sequence[Channel], start_time: TimeLike | None
) -> Signal:
    for channel in channels:
        if channel.name not in columns:
            raise _missing(channel.name, columns)
    if len({channel.rate_hz for channel in channels}) > 1:
        raise ValueError(
            "the channels have several rates and one table has one; give a dict of channel name to array or column"
        )
    samples = _side_by_side(channels, [columns[channel.name] for channel in channels])
    if stamps is None:
        return Signal.continuous(channels, samples, start_time or 0)
    if start_time is not None:
        raise ValueError("the table has timestamps of its own; leave start_time out")
    return Signal.from_timestamps(channels, samples, stamps)


def _read(path: str | Path, format: str, channels: Sequence[Channel] | None, **options: Any) -> Recording:
    given = {name: value for name, value in options.items() if value is not None}
    if "start_time" in given:
        given["start_time"] = to_ns(given["start_time"])
    if channels is not None:
        rates = {channel.rate_hz for channel in channels}
        if len(rates) != 1:
            raise ValueError("the channels of one file share one rate_hz")
        given |= {"names": [c.name for c in channels], "units": [c.unit for c in channels]}
        given.setdefault("rate_hz", rates.pop())
    recording = Recording(())
    recording.handle = _core.read_recording(str(path), format, given)
    return recording


def read_csv(
    path: str | Path,
    channels: Sequence[Channel] | None = None,
    *,
    rate_hz: float | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    time_column: str | None = None,
    time_format: Literal["auto", "s", "ms", "us", "ns", "iso"] | None = None,
    time_is_hms: bool | None = None,
    start_time: TimeLike | None = None,
) -> Recording:
    """Read a CSV file with the reader that the gateway program uses, so that both sides parse alike.

    Parameters
    ----------
    path : str or Path
    channels : sequence of Channel, optional
        With a header: the columns to read, by name. Without: names of the columns. Default: all columns.
    rate_hz : float, optional
        Nominal sampling rate; default: that of `channels`.
    delimiter : {",", ";", "\\t"}, optional
        Default: found in the first line.
    header : bool, optional
        Whether the first line names the columns; default: found out.
    time_column : str, optional
        Name of the column of stamps, ``"#0"`` for the first and so on, ``"none"`` for none. Default: the first
        column with a usual name (time, timestamp, date ...).
    time_format : {"auto", "s", "ms", "us", "ns", "iso"}, optional
        How it is written; numbers count from 1970.
    time_is_hms : bool, optional
        Hour, minute, second and microsecond stand in four columns.
    start_time : int, str, datetime or datetime64, optional
        Stamp of the first sample where the file has none.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not what it should be; single bad lines are skipped and counted.
    """
    return _read(
        path,
        "csv",
        channels,
        rate_hz=rate_hz,
        delimiter=delimiter,
        header=header,
        time_column=time_column,
        time_format=time_format,
        time_is_hms=time_is_hms,
        start_time=start_time,
    )


def read_npy(
    path: str | Path,
    channels: Sequence[Channel] | None = None,
    *,
    rate_hz: float | None = None,
    record_interval_s: float | None = None,
    scale: float | None = None,
    start_time: TimeLike | None = None,
) -> Recording:
    """Read a .npy file of shape (samples, channels) or (records, samples, channels) with the gateway program's reader.

    Parameters
    ----------
    path : str or Path
    channels : sequence of Channel, optional
        One for each column; default names: ch0, ch1 ...
    rate_hz : float, optional
        Sampling rate; default: that of `channels`.
    record_interval_s : float, optional
        Time from record to record, for three dimensions.
    scale : float, optional
        Stored values are multiplied by this, for integers of a converter.
    start_time : int, str, datetime or datetime64, optional
        Stamp of the first sample; default 1970-01-01.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a .npy file of real numbers, or its shape does not fit the channels.
    """
    return _read(
        path, "npy", channels, rate_hz=rate_hz, record_interval_s=record_interval_s, scale=scale, start_time=start_time
    )


def read_wav(
    path: str | Path,
    channels: Sequence[Channel] | None = None,
    *,
    scale: float | None = None,
    start_time: TimeLike | None = None,
) -> Recording:
    """Read a WAV file (PCM 8 to 32 bits or float) with the gateway program's reader.

    Parameters
    ----------
    path : str or Path
    channels : sequence of Channel, optional
        One for each channel of the file, whose rate must be theirs; default names: ch0, ch1 ...
    scale : float, optional
        Stored values are multiplied by this; default: integers become -1 .. 1.
    start_time : int, str, datetime or datetime64, optional
        Stamp of the first sample; default 1970-01-01.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a WAV file, or its channels or rate do not fit.
    """
    return _read(path, "wav", channels, scale=scale, start_time=start_time)
