"""How the package hangs together, read from its source: no circles, no private doors, nothing heavy before it is needed."""

from __future__ import annotations

import ast
import graphlib
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import millwright as mw

PACKAGE = Path(mw.__file__).parent
SOURCES = {
    ".".join(("millwright", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
IS_PACKAGE = {name for name, path in SOURCES.items() if path.name == "__init__.py"}
MODULES = {*SOURCES, "millwright._core"}

#: What other libraries keep under a private name and an importer needs.
OTHERS_PRIVATE = {("millwright.detect.import_one_class", "_gamma")}


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not is_type_checking(child):
            yield from running(child)


def ancestors(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def imports(module: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Module that is imported from, and name that is imported; both may be a module."""
    package = module if module in IS_PACKAGE else module.rpartition(".")[0]
    for node in running(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "millwright")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
            if base.split(".")[0] == "millwright":
                yield from ((base, alias.name) for alias in node.names)


def lazy_names() -> dict[tuple[str, str], str]:
    """Package and name -> module that the name comes from, where a package imports names when they are asked for."""
    found: dict[tuple[str, str], str] = {}
    for package in IS_PACKAGE:
        stub = SOURCES[package].with_suffix(".pyi")
        if stub.exists():
            for node in ast.parse(stub.read_text()).body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    found |= {(package, alias.asname or alias.name): f"{package}.{node.module}" for alias in node.names}
    return found


LAZY = lazy_names()


def needs(module: str, tree: ast.AST) -> set[str]:
    """Modules that have to be there, the packages around them included."""
    found: set[str] = set()
    for base, name in imports(module, tree):
        target = f"{base}.{name}" if f"{base}.{name}" in MODULES else LAZY.get((base, name), base)
        # The packages around this module are there already, but names of theirs that it asks for may not be.
        found |= {target, *(set(ancestors(target)) - set(ancestors(module)))}
    return (found & MODULES) - {module}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_text()) for name, path in SOURCES.items()}


def test_no_import_circles(trees: dict[str, ast.Module]) -> None:
    graph = {name: needs(name, tree) for name, tree in trees.items()}
    assert sum(map(len, graph.values())) > 100
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_rooms_depend_one_way(trees: dict[str, ast.Module]) -> None:
    """What holds for modules holds for sub-packages too, the generated one aside: it lies between bases and users."""

    def room(module: str) -> str:
        parts = module.split(".")
        return parts[1] if len(parts) > 1 and f"millwright.{parts[1]}" in IS_PACKAGE else module

    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        found = {room(need) for need in needs(name, tree)} - {room(name), "_generated"}
        if room(name) != "_generated":
            graph.setdefault(room(name), set()).update(found)
    graphlib.TopologicalSorter(graph).prepare()


def private_definitions(tree: ast.AST) -> set[str]:
    """Names with an underscore that a module itself defines: functions, methods, and attributes of its own classes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name):
                found.add(target.id)
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                found.add(target.attr)
    return {name for name in found if name.startswith("_")}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_no_private_doors(trees: dict[str, ast.Module]) -> None:
    """No module imports or reads another's private names. A private module is open to the package that it lies in."""
    doors: list[str] = []
    for module, tree in trees.items():
        for base, name in imports(module, tree):
            closed = [
                part for part in (*ancestors(f"{base}.x")[1:], f"{base}.{name}") if is_private(part.split(".")[-1])
            ]
            doors += [
                f"{module} imports {part}"
                for part in closed
                if part not in MODULES or not module.startswith(part.rpartition(".")[0])
            ]
        own = private_definitions(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not is_private(node.attr) or node.attr in own:
                continue
            is_inherited = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            is_super = isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()"
            if not (is_inherited or is_super or (module, node.attr) in OTHERS_PRIVATE):
                doors.append(f"{module}:{node.lineno} reads {ast.unparse(node)}")
    assert doors == []


@pytest.mark.parametrize("package", ["millwright", "millwright.features"])
def test_lazy_names_are_all_there(package: str) -> None:
    module = importlib.import_module(package)
    stub = ast.parse(SOURCES[package].with_suffix(".pyi").read_text())
    listed = next(ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    assert sorted(listed) == module.__all__ == sorted(set(listed))
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        module.nonsense  # noqa: B018


USE = """
import sys
import millwright as mw
assert sys.argv[1:]
pump = mw.load(sys.argv[1])
result = pump.run(mw.read_npy(sys.argv[2], pump.channels, record_interval_s=10.0))
stream = pump.stream()
stream.push(mw.read_npy(sys.argv[2], pump.channels, record_interval_s=10.0)["horizontal"][:10, None].repeat(2, axis=1))
repr(pump), repr(result), result._repr_html_(), result.episode_list
print(len(result), *sorted({"sklearn", "pandas", "matplotlib", "scipy", "tqdm"} & set(sys.modules)))
"""


def test_running_a_bundle_imports_nothing_heavy(
    run: mw.BearingRun, fitted_vibration: mw.Pipeline, tmp_path: Path
) -> None:
    """What a gateway's script does: import, read a file, load a bundle, run it."""
    bundle, samples = tmp_path / "pump.safetensors", tmp_path / "samples.npy"
    fitted_vibration.save(bundle)
    np.save(samples, run.vibration[-5:])
    done = subprocess.run(
        [sys.executable, "-c", USE, str(bundle), str(samples)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["5"]), done.stdout + done.stderr


#: Modules that have been importable from the start.
PUBLIC = (
    "detector_stream",
    "estimators",
    "fault_signatures",
    "features",
    "fft",
    "filter",
    "forest_refresh",
    "fused",
    "fusion_weights",
    "physics",
    "pipeline",
    "plot",
    "presets",
    "recording",
    "result",
    "sections",
    "settings",
    "signal",
    "simulate",
    "stages",
    "stream",
    "streaming",
    "vibration",
    "wavelet",
)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_modules_stay(name: str) -> None:
    module = importlib.import_module(f"millwright.{name}")
    assert module.__all__
    for public in module.__all__:
        assert hasattr(module, public), public
