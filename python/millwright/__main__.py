"""``python -m millwright``: where the C++ side of the installed package lies."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import __version__, show_config

_PACKAGE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m millwright", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--cmakedir", action="store_true", help="directory for CMAKE_PREFIX_PATH or millwright_DIR")
    choice.add_argument("--includedir", action="store_true", help="directory of the C++ headers")
    choice.add_argument("--version", action="store_true", help="version of the package")
    choice.add_argument("--config", action="store_true", help="numerics, FFT backend and kernel levels of this machine")
    asked = parser.parse_args()
    if asked.cmakedir:
        print(_installed("lib/cmake/millwright"))
    elif asked.includedir:
        print(_installed("include"))
    elif asked.version:
        print(__version__)
    else:
        print(show_config(), end="")


def _installed(directory: str) -> Path:
    path = _PACKAGE / directory
    if not path.is_dir():
        raise SystemExit(f"this installation has no {directory}; install the wheel instead of an editable build")
    return path


if __name__ == "__main__":
    main()
