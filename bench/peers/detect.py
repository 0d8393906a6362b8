"""Detectors, side by side with other libraries: ./dev peers detect [PREFIX...] [--json FILE]

The rows come from the modules detect_*.py beside this file. Each has

    def workloads() -> list[Workload]    what is measured from Python
    def versions() -> list[str]          builds of the peers, for the lines above the table

and names its workloads so that a PREFIX selects them.
"""

import sys

sys.path.append(sys.path.pop(0))  # to the end: a file beside this one has the name of a module of the standard library

import argparse
import importlib
import os
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # one core for everybody

from _workload import Row, measure, report


def main() -> None:
    parser = argparse.ArgumentParser(description="Detectors, side by side with other libraries.")
    parser.add_argument("prefix", nargs="*", help="only workloads whose names start so, for example forest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, too")
    options = parser.parse_args()

    rows: list[Row] = []
    versions: list[str] = []
    for path in sorted(Path(__file__).parent.glob("detect_*.py")):
        module = importlib.import_module(path.stem)
        found: list[Row] = []
        for workload in module.workloads():
            if not options.prefix or workload.name.startswith(tuple(options.prefix)):
                print(f"measuring {workload.name}", file=sys.stderr, flush=True)
                found += measure(workload)
        if found:
            versions += module.versions()
        rows += found
    report("Detectors beside other libraries, one core", versions, rows, options.json)


if __name__ == "__main__":
    main()
