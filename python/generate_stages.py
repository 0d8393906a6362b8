"""Writes millwright/stages.py and millwright/streaming.py from the registries of the installed core: one class for each
stage and each section of a pipeline, and one for each signal stage.

Run it after adding a stage or a parameter; a test fails while the file is out of date.

    python -P python/generate_stages.py
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from millwright import _core

PACKAGE = Path(__file__).parent / "millwright"

# Bounds beyond this are as good as none.
ENDLESS = 1e15
SMALLEST = 1e-200

HEADER = '''"""Stages and settings of a pipeline. Made by python/generate_stages.py from the core's registry; do not
edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ._forests import ForestDetector, PackedForestDetector
from ._import_extended_forest import ExtendedForestImporter
from ._import_forest import ForestImporters
from ._import_one_class import SklearnOneClassSvm
from ._import_pca import SklearnPca
from .estimators import Detector, Normalizer
from .sections import Section

'''

STREAMING_HEADER = '''"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from ._signal_stage import SignalStage

'''

DETECTOR_ATTRIBUTES = """
Attributes
----------
n_features_in_ : int
    Number of columns seen in `fit`.
feature_names_in_ : ndarray of str
    Their names, when `fit` was given a table with names.
offset_ : float
    Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
    `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
"""

NORMALIZER_ATTRIBUTES = """
Attributes
----------
n_features_in_ : int
    Number of columns seen in `fit`.
feature_names_in_ : ndarray of str
    Their names, when `fit` was given a table with names.
"""


#: Stage -> its base classes where it can do more than every detector: be made from other libraries' models, become small.
BASES = {
    "isolation_forest": "ForestImporters, ForestDetector",
    "extended_isolation_forest": "ExtendedForestImporter, Detector",
    "quantized_forest": "PackedForestDetector",
    "one_class_svm": "SklearnOneClassSvm, Detector",
    "pca_monitor": "SklearnPca, Detector",
}


def class_name(stage_id: str) -> str:
    if stage_id == "fit":
        return "FitOptions"
    return "".join(part.capitalize() for part in stage_id.split("_"))


def default(param: dict[str, Any]) -> str:
    if param["type"] == "settings":
        return class_name(param["settings"]["id"]) + "()"
    return literal(param["default"])


def literal(value: Any) -> str:
    if isinstance(value, list):
        return "(" + "".join(f"{literal(v)}, " for v in value).rstrip() + ")"
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return repr(value)


def annotation(param: dict[str, Any]) -> str:
    kind = {"list of str": "Sequence[str]", "list of float": "Sequence[float]"}.get(param["type"], param["type"])
    if kind == "settings":
        return f"{class_name(param['settings']['id'])} | Mapping[str, object]"
    if param["choices"]:
        words = "Literal[" + ", ".join(f'"{choice}"' for choice in param["choices"].split("|")) + "]"
        return words if kind == "str" else f"{kind} | {words}"
    return f"{kind} | None" if param["is_optional"] else kind


def doc_type(param: dict[str, Any]) -> str:
    kinds = []
    for kind in annotation(param).split(" | "):
        if kind.startswith("Literal"):
            kind = "{" + kind[len("Literal[") : -1] + "}"
        elif kind.startswith("Sequence"):
            kind = f"sequence of {kind[len('Sequence[') : -1]}"
        elif kind.startswith("Mapping"):
            kind = "mapping"
        kinds.append(kind)
    return " or ".join(kinds)


def number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e6 else f"{value:g}"


def doc_range(param: dict[str, Any]) -> str:
    parts = []
    if param["type"] in ("int", "float", "list of float"):
        low, high = param["low"], param["high"]
        if 0.0 < low < SMALLEST:
            parts.append("above 0" if high >= ENDLESS else f"above 0, at most {number(high)}")
        elif abs(low) < ENDLESS and high < ENDLESS:
            parts.append(f"{number(low)} to {number(high)}")
        elif abs(low) < ENDLESS:
            parts.append(f"at least {number(low)}")
    if param["unit"]:
        parts.append(f"unit: {param['unit']}")
    return f" ({'; '.join(parts)})" if parts else ""


def sentence(text: str) -> str:
    text = text[0].upper() + text[1:]
    return text.rstrip(".,") + "."


def parameter_docs(params: list[dict[str, Any]]) -> str:
    lines = ["Parameters", "----------"]
    for param in params:
        given = "optional" if param["default"] is None else f"default={default(param)}"
        kind = doc_type(param)
        lines.append(f"{param['name']} : {kind.removesuffix(' or None') if given == 'optional' else kind}, {given}")
        body = sentence(param["doc"].rstrip(".,").replace("none: ", "None: ") + doc_range(param))
        lines += textwrap.wrap(body, 112, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def docstring(doc: str, params: list[dict[str, Any]], attributes: str) -> str:
    parts = ["\n".join(textwrap.wrap(doc, 113))]
    if len(doc) <= 110 and not params and not attributes:
        return f'    """{doc}"""'
    if params:
        parts.append(parameter_docs(params))
    if attributes:
        parts.append(attributes.strip())
    return textwrap.indent('"""' + "\n\n".join(parts) + '\n"""', "    ")


def estimator(stage: dict[str, Any]) -> str:
    base, attributes = ("Detector", DETECTOR_ATTRIBUTES) if stage["explains"] else ("Normalizer", NORMALIZER_ATTRIBUTES)
    base = BASES.get(stage["id"], base)
    params = stage["params"]
    if any(p["name"] == "contamination" for p in params):
        attributes = attributes.replace(
            "the first percentile of the training rows'",
            "beyond it lies the share `contamination` of the training rows'",
        )
    signature = "".join(f"        {p['name']}: {annotation(p)} = {default(p)},\n" for p in params)
    body = "".join(f"        self.{p['name']} = {p['name']}\n" for p in params)
    return (
        f"class {class_name(stage['id'])}({base}):\n"
        f"{docstring(stage['doc'], params, attributes)}\n\n"
        f'    stage_id: ClassVar[str] = "{stage["id"]}"\n\n'
        f"    def __init__(\n        self,\n        *,\n{signature}    ) -> None:\n{body}"
    )


def section(described: dict[str, Any]) -> str:
    params = described["params"]
    fields = "".join(f"    {p['name']}: {annotation(p)} = {default(p)}\n" for p in params)
    return (
        f"@dataclass(frozen=True, kw_only=True)\nclass {class_name(described['id'])}(Section):\n"
        f"{docstring(described['doc'], params, '')}\n\n"
        f'    stage_id: ClassVar[str] = "{described["id"]}"\n{fields and chr(10)}{fields}'
    )


def signal_stage(stage: dict[str, Any]) -> str:
    wanted = stage["input_columns"]
    stream = [
        {"name": "rate_hz", "type": "float", "doc": "samples per second of the input."},
        {"name": "columns", "type": "int", "default": wanted or 1, "doc": "channels of the input."},
        {"name": "dtype", "type": "dtype", "default": "float64", "doc": "float32 or float64."},
        {"name": "max_items", "type": "int", "default": 4096, "doc": "largest piece that the core takes at once."},
    ]
    params = stage["params"]
    stream_docs = "\n".join(
        f"{p['name']} : {p['type']}"
        + (f", default={p['default']}" if "default" in p else "")
        + f"\n    {sentence(str(p['doc']))}"
        for p in stream
    )
    docs = f"Parameters\n----------\n{stream_docs}"
    if params:
        docs += "\n" + parameter_docs(params).split("\n", 2)[2]
    heading = "\n".join(textwrap.wrap(stage["doc"], 113))
    text = textwrap.indent(f'"""{heading}\n\n{docs}\n"""', "    ")
    signature = "".join(f"        {p['name']}: {annotation(p)} = {default(p)},\n" for p in params)
    values = ", ".join(f'"{p["name"]}": {p["name"]}' for p in params)
    if len(values) > 95:  # the line would pass 120 characters
        values = "\n" + "".join(f'            "{p["name"]}": {p["name"]},\n' for p in params) + "        "
    return (
        f"class {class_name(stage['id'])}(SignalStage):\n{text}\n\n"
        f'    stage_id: ClassVar[str] = "{stage["id"]}"\n\n'
        f"    def __init__(\n        self,\n        *,\n        rate_hz: float,\n        columns: int = {wanted or 1},\n"
        f"        dtype: DTypeLike = np.float64,\n        max_items: int = 4096,\n{signature}    ) -> None:\n"
        f"        self._params = {{{values}}}\n        self._prepare(rate_hz, columns, dtype, max_items)\n"
    )


def is_estimator(stage: dict[str, Any]) -> bool:
    """Detectors explain their scores; the normaliser names the context columns that steer it."""
    return bool(stage["explains"] or any(p["name"] == "by" for p in stage["params"]))


def exported(names: list[str]) -> str:
    return "__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]\n\n\n"


def parts_of(described: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The settings that other settings hold, each once and after those that it holds itself."""
    parts: dict[str, dict[str, Any]] = {}
    for param in (p for d in described for p in d["params"] if p["type"] == "settings"):
        part = param["settings"] | {"doc": sentence(param["doc"])}
        for inner in [*parts_of([part]), part]:
            parts.setdefault(inner["id"], inner)
    return list(parts.values())


def with_mapping(header: str, text: str) -> str:
    return header.replace("import Sequence", "import Mapping, Sequence") if "Mapping[" in text else header


def generate_stages() -> str:
    estimators = [stage for stage in _core.stages() if is_estimator(stage)]
    sections = [stage for stage in _core.stages() if not is_estimator(stage)] + _core.sections()
    parts = parts_of(estimators + sections)
    named = exported([class_name(described["id"]) for described in parts + estimators + sections])
    classes = [section(part) for part in parts] + [estimator(stage) for stage in estimators]
    text = named + "\n\n".join(classes + [section(described) for described in sections])
    return with_mapping(HEADER, text) + text


def generate_streaming() -> str:
    stages = _core.signal_stages()
    return (
        STREAMING_HEADER
        + exported([class_name(stage["id"]) for stage in stages])
        + "\n\n".join(map(signal_stage, stages))
    )


#: File in the package -> its text before ruff formats it.
GENERATED = {"stages.py": generate_stages, "streaming.py": generate_streaming}


if __name__ == "__main__":
    for name, generate in GENERATED.items():
        (PACKAGE / name).write_text(generate())
