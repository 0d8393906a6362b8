"""The package as a whole: command line, docstrings, examples."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import find_tool

import millwright as mw
from millwright import __main__ as command_line

EXAMPLES = Path(__file__).parents[2] / "examples"
MODULES = [
    m.name
    for m in pkgutil.walk_packages(mw.__path__, "millwright.")
    if m.name.split(".")[1] not in ("_core", "__main__")
]


def test_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def told(option: str) -> str:
        monkeypatch.setattr("sys.argv", ["millwright", option])
        command_line.main()
        return capsys.readouterr().out

    assert told("--version").strip() == mw.__version__
    assert told("--config") == mw.show_config()
    for option in ("--cmakedir", "--includedir"):
        try:
            directory = told(option)
        except SystemExit as refusal:
            assert "install the wheel" in str(refusal)
        else:
            assert Path(directory.strip()).is_dir()
    with pytest.raises(SystemExit):
        told("--unknown")


def test_import_is_light() -> None:
    heavy = "{'polars', 'matplotlib', 'matplotlib.pyplot'}"
    code = f"import sys, millwright; print(millwright.__version__, *sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == mw.__version__


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


def test_public_names_are_documented() -> None:
    for name in mw.__all__:
        thing = getattr(mw, name)
        if callable(thing):
            assert thing.__doc__, name


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_example(script: Path, tmp_path: Path) -> None:
    tool = find_tool()
    if "gateway" in script.name and tool is None:
        pytest.skip("the millwright program was not found: build it and set MILLWRIGHT_TOOL to its path")
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda p: p.name)
def test_notebook(notebook: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    content = nbformat.read(notebook, as_version=4)
    assert not any(cell.get("outputs") for cell in content.cells), "strip the outputs before committing"
    nbclient.NotebookClient(content, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
