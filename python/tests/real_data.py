"""Recordings of real machines, which are not part of the project: in the folder MILLWRIGHT_DATA, by default shared/data next to it."""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def data_path(relative: str) -> Path:
    """Path below the data sets' folder; skips the test where it is absent."""
    folder = Path(os.environ.get("MILLWRIGHT_DATA") or ROOT.parent / "shared" / "data")
    path = folder / relative
    if not path.exists():
        pytest.skip(f"{path} is not here; set MILLWRIGHT_DATA to the folder of the data sets")
    return path


def load_npy_xz(relative: str) -> np.ndarray:
    with lzma.open(data_path(relative)) as file:
        return np.load(file)
