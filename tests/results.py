"""Adds up what a run of the tests left in a directory: ctest.xml of ctest, and one XML file of GoogleTest for each process.

Several processes share the tests of one program, so ctest counts processes; people count tests. Prints why tests were skipped, then
"N passed, N failed", and fails when anything failed, when a process ended without its file, or when nothing ran at all.
"""

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path


def google_test(file: Path, counts: Counter[str], reasons: Counter[str]) -> None:
    for case in ET.parse(file).getroot().iter("testcase"):
        if case.find("failure") is not None:
            counts["failed"] += 1
        elif case.get("result") == "completed":
            counts["passed"] += 1
        else:
            counts["skipped"] += 1
            skipped = case.find("skipped")
            message = "" if skipped is None else skipped.get("message", "")
            reasons[" ".join(message.split("\n")[1:]).strip() or "no reason given"] += 1


def main(directory: Path) -> int:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    by_ctest = directory / "ctest.xml"
    files = {file.stem: file for file in directory.glob("*.xml") if file != by_ctest}
    for file in files.values():
        google_test(file, counts, reasons)
    cases = ET.parse(by_ctest).getroot().iter("testcase") if by_ctest.exists() else ()
    for case in cases:
        name, status = case.get("name", ""), case.get("status")
        if status == "disabled":
            counts["skipped"] += 1
        elif name in files:
            failed = ET.parse(files[name]).getroot().get("failures") != "0"
            if status == "fail" and not failed:  # the process failed after its last test
                counts["failed"] += 1
        else:  # a test without GoogleTest, or a process that wrote no results: it crashed or took too long
            counts["passed" if status == "run" else "failed"] += 1
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: {reason}")
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(line)
    return int(counts["failed"] > 0 or counts["passed"] == 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
