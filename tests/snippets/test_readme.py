"""The README's snippets do what they say: Python runs, C++ compiles, shell commands work on what Python saved."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def snippets(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_python_snippets_run(tmp_path: Path) -> None:
    found = snippets("python")
    assert found
    for code in found:
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=300)
    assert (tmp_path / "pump.safetensors").stat().st_size > 0


def test_cpp_snippets_compile(tmp_path: Path) -> None:
    found = snippets("cpp")
    assert found
    compiler = shutil.which("g++")
    assert compiler is not None, "g++ is needed to compile the README's C++"
    for number, code in enumerate(found):
        source = tmp_path / f"snippet_{number}.cpp"
        source.write_text(code)
        for flags in ([], ["-fno-exceptions", "-fno-rtti"]):
            command = [
                compiler,
                "-std=c++20",
                "-Wall",
                "-Wextra",
                "-Werror",
                *flags,
                f"-I{ROOT / 'include'}",
                "-fsyntax-only",
                str(source),
            ]
            subprocess.run(command, check=True, timeout=300)


def test_shell_snippets_name_commands_that_exist() -> None:
    tool = os.environ.get("MILLWRIGHT_TOOL") or shutil.which("millwright")
    if tool is None:
        pytest.skip("the millwright program is not built: set MILLWRIGHT_TOOL")
    commands = {
        match
        for code in snippets("sh")
        for match in re.findall(r"^(?:.*\| )?millwright (\w+)", code, flags=re.MULTILINE)
    }
    assert {"run", "inspect", "verify"} <= commands
    for command in commands:
        subprocess.run([tool, command, "--help"], check=True, stdout=subprocess.DEVNULL, timeout=60)
