"""What the side-by-side scripts share: a workload, its measurement, the table and the JSON file."""

from __future__ import annotations

import gc
import importlib
import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import millwright

REPETITIONS = 11
REPETITION_NS = 2_500_000

notes: list[str] = []
"""Lines under the table: what could not be measured, and why."""


@dataclass
class Workload:
    """The same work by this library and by others."""

    name: str
    ours: Callable[[], Any]
    """Called at every kernel level; what it prepares once for a level goes into `setup`."""
    peers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    per_call: int = 1
    """Units of work in one call: times are given per unit."""
    setup: Callable[[], None] | None = None
    """Called after each change of kernel level, before the measurement."""
    check: Callable[[], None] | None = None
    """Asserts that all give the same result; called at every level."""


@dataclass
class Row:
    workload: str
    level: str
    ours_ns: float
    peer: str
    peer_ns: float
    ratio: float
    """How many times as fast as the peer."""


def optional(name: str) -> ModuleType | None:
    """A peer's module; None, and a note under the table, where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.split(".")[0]
        notes.append(f"{package} is not installed, rows against it are left out (python -m pip install {package})")
        return None


def levels() -> list[str]:
    """Kernel levels of this machine, the narrowest first."""
    lines = dict(line.split(": ", 1) for line in millwright.show_config().splitlines() if ": " in line)
    return lines["kernel_levels_available"].split()


def measure(workload: Workload) -> list[Row]:
    """One row for each level and peer: medians of repetitions in turn."""
    before = millwright.kernel_level()
    rows = []
    try:
        for level in levels():
            millwright.force_kernel_level(level)
            if workload.setup:
                workload.setup()
            if workload.check:
                workload.check()
            ours, *peers = (t / workload.per_call for t in _times([workload.ours, *workload.peers.values()]))
            for peer, theirs in zip(workload.peers, peers, strict=True):
                rows.append(Row(workload.name, level, ours, peer, theirs, theirs / ours))
    finally:
        millwright.force_kernel_level(before)
    return rows


def _times(functions: list[Callable[[], Any]]) -> list[float]:
    """Median processor time of a call of each, in nanoseconds: what else runs on the machine then counts less."""
    calls = [_calls_per_repetition(f) for f in functions]
    times: list[list[float]] = [[] for _ in functions]
    gc.collect()
    gc.disable()
    try:
        for _ in range(REPETITIONS):
            for function, count, into in zip(functions, calls, times, strict=True):
                into.append(_time(function, count) / count)
    finally:
        gc.enable()
    return [statistics.median(t) for t in times]


def _calls_per_repetition(function: Callable[[], Any]) -> int:
    count = 1
    while _time(function, count) < REPETITION_NS:
        count *= 2
    return count


def _time(function: Callable[[], Any], count: int) -> int:
    kept = None
    start = time.process_time_ns()
    for _ in range(count):
        kept = function()
    spent = time.process_time_ns() - start
    del kept
    return spent


def report(title: str, versions: Iterable[str], rows: list[Row], path: Path | None) -> None:
    """The table, and the JSON file if one is wanted."""
    print(title)
    for version in dict.fromkeys(versions):
        print(f"  {version}")
    print()
    names = max([len(r.workload) for r in rows] + [8])
    peers = max([len(r.peer) for r in rows] + [4])
    print(f"{'workload':{names}}  {'level':8}  {'ours':>9}  {'peer':{peers}}  {'takes':>9}  {'ratio':>7}")
    for row in rows:
        print(
            f"{row.workload:{names}}  {row.level:8}  {_duration(row.ours_ns):>9}  {row.peer:{peers}}  "
            f"{_duration(row.peer_ns):>9}  {row.ratio:6.2f}x"
        )
    print(
        "\nratio: how many times as fast as the peer, medians of the processor time of alternating runs in one process"
    )
    for note in dict.fromkeys(notes):
        print(f"note: {note}")
    if path is not None:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _duration(ns: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.2f} {unit}"
    return f"{ns:.1f} ns"
