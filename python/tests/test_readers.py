"""Formats: the registry of the core, readers of one's own, and what the pages say of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import millwright as mw
from millwright.data import readers as module

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(autouse=True)
def only_own() -> Iterator[None]:
    """Readers that a test registers are gone after it."""
    yield
    module._own.clear()


def test_read_finds_the_format_by_the_end_of_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.CSV").write_text("time;x\n0;1,5\n1;2,5\n")
    recording = mw.read(tmp_path / "a.CSV", rate_hz=1.0, delimiter=";")
    np.testing.assert_array_equal(recording["x"], np.array([1.5, 2.5], np.float32))
    np.save(tmp_path / "b.npy", np.array([[1], [2]], np.int16))
    x = [mw.Channel("x", rate_hz=10.0)]
    np.testing.assert_array_equal(mw.read(str(tmp_path / "b.npy"), x, scale=0.5)["x"], np.array([0.5, 1.0], np.float32))
    (tmp_path / "c.bin").write_bytes(np.array([3, 4], "<f4").tobytes())
    np.testing.assert_array_equal(mw.read(tmp_path / "c.bin", x, format="f32")["x"], np.array([3, 4], np.float32))


def test_refusals_name_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,x\n0,1\n")
    with pytest.raises(ValueError, match='did you mean "delimiter"'):
        mw.read(path, rate_hz=1.0, delimeter=";")
    with pytest.raises(ValueError, match="csv has no parameter"):
        mw.read(path, rate_hz=1.0, record_interval_s=1.0)
    with pytest.raises(ValueError, match='no input format "cvs"'):
        mw.read(path, format="cvs")
    with pytest.raises(ValueError, match="csv, npy, wav, f32, ndjson"):
        mw.read(path.rename(tmp_path / "a.xyz"))
    with pytest.raises(ValueError, match='"header" of csv'):
        mw.read(tmp_path / "a.xyz", format="csv", header="maybe")


def test_read_csv_is_read_with_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("0\t1\n1\t2\n")
    x = [mw.Channel("x", rate_hz=1.0)]
    by_name = mw.read_csv(path, x, delimiter="\t", header=False, time_column="#0", time_format="s")
    generic = mw.read(path, x, delimiter="tab", header="no", time_column="#0", time_format="s")
    np.testing.assert_array_equal(by_name["x"], np.array([1, 2], np.float32))
    np.testing.assert_array_equal(generic["x"], by_name["x"])


def test_a_reader_of_ones_own(tmp_path: Path) -> None:
    calls = []

    def hex_words(path: Path, channels: object, **settings: object) -> np.ndarray:
        """One hexadecimal number a line."""
        calls.append((path, channels, settings))
        return np.array([[int(line, 16)] for line in path.read_text().split()], np.float32)

    mw.register_reader("hex", [".HEX"], hex_words)
    added = mw.readers()[-1]
    assert (added.name, added.endings, added.doc) == ("hex", ("hex",), "One hexadecimal number a line.")
    path = tmp_path / "a.hex"
    path.write_text("0a ff")
    x = [mw.Channel("x", rate_hz=1.0)]
    np.testing.assert_array_equal(mw.read(path, x, step=2)["x"], np.array([10, 255], np.float32))
    assert calls == [(path, x, {"step": 2})]
    with pytest.raises(TypeError, match="must give a Recording"):
        mw.read(path)


def test_of_two_readers_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    x = [mw.Channel("x", rate_hz=1.0)]
    mw.register_reader("csv", ["csv"], lambda path, channels: np.full((1, 1), 7, np.float32))
    assert mw.read(path, x)["x"].tolist() == [7.0]
    assert mw.read(path, x, format="csv")["x"].tolist() == [7.0]
    mw.register_reader("other", ["csv"], lambda path, channels: np.full((1, 1), 8, np.float32))
    assert mw.read(path, x)["x"].tolist() == [8.0]
    assert [reader.name for reader in mw.readers()][-2:] == ["csv", "other"]


def test_wrong_registrations_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        mw.register_reader("auto", ["x"], len)
    with pytest.raises(TypeError, match="list of texts"):
        mw.register_reader("x", "x", len)
    with pytest.raises(TypeError, match="function"):
        mw.register_reader("x", ["x"], None)  # type: ignore[arg-type]


@pytest.mark.skipif(not DOCS.is_dir(), reason="the pages are not part of the package")
def test_the_pages_list_every_format_and_setting() -> None:
    page, command = (DOCS / "ingest.md").read_text(), (DOCS / "command.md").read_text()
    for reader in mw.readers():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{reader.name}` |"))
        cells = [cell.strip() for cell in row.split("|")]
        assert cells[2].split() == list(reader.endings)
        assert sorted(cells[3].split()) == sorted(f"`{name}`" for name in reader.settings)
        assert f"`{reader.name}`" in command
        for name in reader.settings:
            assert f"--{name.removesuffix('_s').replace('_', '-')}" in command
