"""Names of a package that are imported when they are first asked for, so that nobody waits for what is not used."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["attach"]


def attach(package: str, file: str) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` (PEP 562) and `__dir__` of a package, from the imports in the stub beside its ``__init__.py``.

    The stub is the one list of names, as in Scientific Python's SPEC 1: what type checkers see is what there is.
    """
    homes: dict[str, tuple[str, str]] = {}
    for node in ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            home = f"{package}.{node.module}" if node.module else package
            homes |= {alias.asname or alias.name: (home, alias.name) for alias in node.names}

    def get(name: str) -> object:
        if name in homes:
            home, original = homes[name]
            value = getattr(importlib.import_module(home), original) if home != package else submodule(original)
        else:
            value = submodule(name)
        vars(sys.modules[package])[name] = value  # asked for once
        return value

    def submodule(name: str) -> object:
        path = f"{package}.{name}"
        try:
            return importlib.import_module(path)
        except ModuleNotFoundError as missing:
            if missing.name != path:
                raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return sorted(homes), get, lambda: sorted({*vars(sys.modules[package]), *homes})
