"""Recordings from files: the formats of the library, which the gateway program reads alike, and formats of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .. import _core
from .recording import Recording, RecordingLike, as_recording
from .settings import Channel
from .times import TimeLike, to_ns

__all__ = ["Reader", "read", "read_csv", "read_npy", "read_wav", "readers", "register_reader"]


@dataclass(frozen=True)
class Reader:
    """A format that `read` knows."""

    name: str
    endings: tuple[str, ...]
    """Of file names, without dot."""
    doc: str
    settings: Mapping[str, str]
    """What may be set beyond the arguments of `read`, and what it does."""


_own: dict[str, tuple[Reader, Callable[..., RecordingLike]]] = {}


def readers() -> list[Reader]:
    """Every format that `read` knows, those of `register_reader` last.

    Examples
    --------
    >>> import millwright as mw
    >>> [reader.name for reader in mw.readers()]
    ['csv', 'npy', 'wav', 'f32', 'ndjson']
    """
    of_core = [
        Reader(d["id"], tuple(d["endings"]), d["doc"], {p["name"]: p["doc"] for p in d["params"]})
        for d in _core.readers()
    ]
    return [*of_core, *(reader for reader, _ in _own.values())]


def register_reader(
    name: str, endings: Iterable[str], function: Callable[..., RecordingLike], *, doc: str | None = None
) -> None:
    """Teach `read` a format. Of two readers with one name or ending, the later one counts.

    Parameters
    ----------
    name : str
        What `format` calls it.
    endings : iterable of str
        Of file names, such as ``"tdms"``; none if the format must be named.
    function : callable
        Called as ``function(path, channels, **settings)`` with the `Path`, the channels or None, and whatever else
        `read` was given; returns a `Recording`, or anything that `as_recording` takes if channels are given.
    doc : str, optional
        Default: the first line of the function's docstring.

    Raises
    ------
    ValueError
        If the name is empty or ``"auto"``.
    """
    if not name or name == "auto":
        raise ValueError(f"a format cannot be called {name!r}")
    if isinstance(endings, str):
        raise TypeError(f'endings is a list of texts: ["{endings}"]')
    if not callable(function):
        raise TypeError(f"a reader is a function of a path and channels, not {type(function).__name__}")
    ends = tuple(ending.removeprefix(".").lower() for ending in endings)
    summary = doc if doc is not None else (function.__doc__ or "").strip().partition("\n")[0]
    _own.pop(name, None)  # the later one comes last
    _own[name] = (Reader(name, ends, summary, {}), function)


def _own_reader(path: Path, format: str) -> Callable[..., RecordingLike] | None:
    ending = path.suffix.removeprefix(".").lower()
    for reader, function in reversed(_own.values()):
        if reader.name == format or (format == "auto" and ending and ending in reader.endings):
            return function
    return None


def read(
    path: str | Path,
    channels: Sequence[Channel] | None = None,
    *,
    format: str = "auto",
    rate_hz: float | None = None,
    start_time: TimeLike | None = None,
    **settings: Any,
) -> Recording:
    """Read a file of any format that `readers` lists, with the reader that the gateway program uses.

    Parameters
    ----------
    path : str or Path
    channels : sequence of Channel, optional
        One for each column; where the file names its columns, those to read. Default: all, as the file calls them.
    format : str, optional
        Default: by the end of the file's name.
    rate_hz : float, optional
        Nominal sampling rate; default: that of `channels`.
    start_time : int, str, datetime or datetime64, optional
        Stamp of the first sample where the file has none; default 1970-01-01.
    **settings
        The format's own, as `readers` describes them.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not what it should be, the format is not known, or has no such setting.

    See Also
    --------
    read_csv, read_npy, read_wav : the same with the settings of one format.
    register_reader : formats of one's own.

    Examples
    --------
    >>> import tempfile
    >>> import millwright as mw
    >>> path = Path(tempfile.mkdtemp(), "run.csv")
    >>> _ = path.write_text("time,vib_x\\n0.0,0.5\\n0.1,0.25\\n")
    >>> mw.read(path, rate_hz=10)["vib_x"].tolist()
    [0.5, 0.25]
    """
    path = Path(path)
    common: dict[str, Any] = {}
    if rate_hz is not None:
        common["rate_hz"] = rate_hz
    if start_time is not None:
        common["start_time"] = start_time
    if (function := _own_reader(path, format)) is not None:
        data = function(path, channels, **common, **settings)
        if channels is None and not isinstance(data, Recording):
            raise TypeError(
                f"the reader of {path} gave {type(data).__name__}: it must give a Recording, or be given channels"
            )
        return as_recording(data, channels or ())
    if start_time is not None:
        common["start_time"] = to_ns(start_time)
    if channels is not None:
        rates = {channel.rate_hz for channel in channels}
        if len(rates) != 1:
            raise ValueError("the channels of one file share one rate_hz")
        common = {
            "rate_hz": rates.pop(),
            **common,
            "names": [c.name for c in channels],
            "units": [c.unit for c in channels],
        }
    given = {name: value for name, value in settings.items() if value is not None}
    recording = Recording(())
    recording.handle = _core.read_recording(str(path), format, common, given)
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
    return read(
        path,
        channels,
        format="csv",
        rate_hz=rate_hz,
        delimiter=delimiter,
        header=None if header is None else "yes" if header else "no",
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
    return read(
        path,
        channels,
        format="npy",
        rate_hz=rate_hz,
        record_interval_s=record_interval_s,
        scale=scale,
        start_time=start_time,
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
    return read(path, channels, format="wav", scale=scale, start_time=start_time)
