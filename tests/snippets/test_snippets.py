"""The code on the pages does what they say: Python runs, C++ compiles, JSON is accepted, the program has the commands.

The blocks of one language on a page are one program, in their order. What they need and a reader does not, stands in a comment before
them: `<!-- set-up python` or `<!-- set-up cpp`, the code, and `-->` on a line of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from millwright import _core

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "adr").glob("*.md")])

#: `text` is what nobody can run: formulas, layouts of files, synopses.
LANGUAGES = {"python", "cpp", "json", "sh", "text"}


class Block(NamedTuple):
    language: str
    line: int
    """Of the page, the first one of the code."""
    code: str
    is_set_up: bool = False


def blocks_of(page: Path) -> list[Block]:
    blocks = []
    lines = page.read_text().splitlines()
    number = 0
    while number < len(lines):
        opening = re.match(r"```(\S*)$|<!-- set-up (python|cpp)$", lines[number])
        if opening:
            closing = "-->" if opening[2] else "```"
            end = lines.index(closing, number + 1)
            code = "\n".join(lines[number + 1 : end]) + "\n"
            blocks.append(Block(opening[1] or opening[2] or "", number + 2, code, bool(opening[2])))
            number = end
        number += 1
    return blocks


BLOCKS = {page: blocks_of(page) for page in PAGES}


def pages_with(language: str) -> list[object]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if any(block.language == language for block in BLOCKS[page])
    ]


def program(page: Path, language: str) -> str:
    """Its blocks at the lines where the page has them, so that errors name these."""
    lines: list[str] = []
    for block in BLOCKS[page]:
        if block.language == language:
            lines += [""] * (block.line - 1 - len(lines)) + block.code.splitlines()
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_is_left_out(page: Path) -> None:
    text = page.read_text()
    shown = [block for block in BLOCKS[page] if not block.is_set_up]
    assert 2 * len(shown) == len(re.findall(r"^\s*```", text, flags=re.MULTILINE)), "a block of code inside a list?"
    assert len(BLOCKS[page]) - len(shown) == len(re.findall(r"^<!-- set-up", text, flags=re.MULTILINE)), (
        "a set-up is for python or cpp"
    )
    for block in shown:
        assert block.language in LANGUAGES, f"{page.name}:{block.line - 1}: say what it is, one of {sorted(LANGUAGES)}"

    previous, listed, inside = "", False, False
    for number, line in enumerate(text.splitlines(), 1):
        inside ^= line.startswith(("```", "<!--", "-->"))
        if line.strip() and not line.startswith(" "):
            listed = re.match(r"([-*]|\d+\.) ", line) is not None
        is_code = line.startswith("    ") and not previous.strip() and not listed and not inside
        assert not is_code, f"{page.name}:{number}: put it between ``` and say what it is, one of {sorted(LANGUAGES)}"
        previous = line


@pytest.mark.parametrize("page", pages_with("python"))
def test_python(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(program(page, "python"), str(page), "exec"), {"__name__": "__main__", "ROOT": ROOT})
    if page.name == "README.md":
        assert (tmp_path / "pump.safetensors").stat().st_size > 0


@pytest.mark.parametrize("page", pages_with("cpp"))
def test_cpp(page: Path, tmp_path: Path) -> None:
    compiler = shutil.which("g++")
    assert compiler is not None, "g++ is needed to compile the C++ of the pages"
    source = tmp_path / f"{page.stem}.cpp"
    source.write_text(f'#line 1 "{page}"\n{program(page, "cpp")}')
    flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti", f"-I{ROOT / 'include'}"]
    subprocess.run([compiler, *flags, "-fsyntax-only", str(source)], check=True, timeout=300)


def test_json() -> None:
    """A whole declaration, or sections of one."""
    found = [json.loads(_in_braces(b.code)) for blocks in BLOCKS.values() for b in blocks if b.language == "json"]
    wholes = [declaration for declaration in found if "channels" in declaration]
    assert wholes and len(found) > len(wholes)
    for declaration in found:
        _core.canonical_declaration(json.dumps({key: wholes[0][key] for key in ("channels", "window")} | declaration))


def _in_braces(code: str) -> str:
    return code if code.startswith("{") else f"{{{code}}}"


def test_shell_names_commands_that_exist() -> None:
    tool = os.environ.get("MILLWRIGHT_TOOL") or shutil.which("millwright")
    if tool is None:
        pytest.skip("the millwright program is not built: set MILLWRIGHT_TOOL")
    code = "".join(block.code for blocks in BLOCKS.values() for block in blocks if block.language in ("sh", "text"))
    commands = set(re.findall(r"^(?:.*\| )?millwright ([\w-]+)", code, flags=re.MULTILINE))
    assert {"run", "inspect", "verify", "stage", "export-c", "config"} <= commands
    for command in commands:
        subprocess.run([tool, command, "--help"], check=True, stdout=subprocess.DEVNULL, timeout=60)


def test_shell_names_parts_of_dev_that_exist() -> None:
    code = "".join(block.code for blocks in BLOCKS.values() for block in blocks if block.language == "sh")
    commands = set(re.findall(r"^\./dev (\w+)", code, flags=re.MULTILINE))
    known = subprocess.run([ROOT / "dev", "help"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert commands
    for command in commands:
        assert re.search(rf"^  {command}\b", known, flags=re.MULTILINE), f"./dev {command}"
