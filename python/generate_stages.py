"""Writes the modules of millwright/_generated from the registries of the installed core: one class for each detector and
normaliser, one for the settings of every other part of a pipeline, and one for each signal stage.

Run it after adding a stage or a parameter; a test fails while a file is out of date.

    python -P python/generate_stages.py
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from millwright import _core

GENERATED_PACKAGE = Path(__file__).parent / "millwright" / "_generated"

# Bounds beyond this are as good as none.
ENDLESS = 1e15

ESTIMATORS_HEADER = '''"""Detectors and normalisers. Made by python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..detect.estimators import Detector, Normalizer, register
from ..detect.forests import PackedForestDetector
from ..detect.import_extended_forest import ExtendedForestImporter
from ..detect.import_forest import ForestImporters
from ..detect.import_one_class import SklearnOneClassSvm
from ..detect.import_pca import SklearnPca

'''

SECTIONS_HEADER = '''"""Settings of the parts of a pipeline that are no estimators. Made by python/generate_stages.py from the core's registry;
do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..data.sections import Section

'''

SIGNAL_STAGES_HEADER = '''"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from .._signal_stage import SignalStage

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
stage_ : Stage
    The fitted stage of the core, as a bundle carries it.
"""

NORMALIZER_ATTRIBUTES = """
Attributes
----------
n_features_in_ : int
    Number of columns seen in `fit`.
feature_names_in_ : ndarray of str
    Their names, when `fit` was given a table with names.
stage_ : Stage
    The fitted stage of the core, as a bundle carries it.
"""


#: Stage -> its base classes where it can do more than every detector: be made from other libraries' models, become small.
BASES = {
    "isolation_forest": "ForestImporters",
    "extended_isolation_forest": "ExtendedForestImporter",
    "quantized_forest": "PackedForestDetector",
    "one_class_svm": "SklearnOneClassSvm",
    "pca_monitor": "SklearnPca",
}

#: Texts that may also be a number.
TEXT_OR_NUMBER = ("gamma",)


def class_name(stage_id: str) -> str:
    if stage_id == "fit":
        return "FitOptions"
    return "".join(part.capitalize() for part in stage_id.split("_"))


def literal(value: Any) -> str:
    if isinstance(value, list):
        return "(" + "".join(f"{literal(v)}, " for v in value).rstrip() + ")"
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return repr(value)


def annotation(param: dict[str, Any]) -> str:
    default = param["default"]
    if isinstance(default, str) and param["choices"]:
        return "Literal[" + ", ".join(f'"{choice}"' for choice in param["choices"].split("|")) + "]"
    if isinstance(default, list):
        # Lists of numbers have a range, lists of names have none.
        return "Sequence[float]" if param["low"] != param["high"] else "Sequence[str]"
    if isinstance(default, str) and param["name"] in TEXT_OR_NUMBER:
        return "str | float"
    return type(default).__name__


def doc_type(param: dict[str, Any]) -> str:
    kind = annotation(param).replace(" | ", " or ")
    if kind.startswith("Literal"):
        return "{" + kind[len("Literal[") : -1] + "}"
    return {"Sequence[float]": "sequence of float", "Sequence[str]": "sequence of str"}.get(kind, kind)


def number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e6 else f"{value:g}"


def doc_range(param: dict[str, Any]) -> str:
    parts = []
    if annotation(param) in ("int", "float", "Sequence[float]"):
        low, high = param["low"], param["high"]
        if abs(low) < ENDLESS and high < ENDLESS:
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
        lines.append(f"{param['name']} : {doc_type(param)}, default={literal(param['default'])}")
        body = sentence(param["doc"].rstrip(".,") + doc_range(param))
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
    base, attributes = ("Detector", DETECTOR_ATTRIBUTES) if stage["role"] == "detector" else ("Normalizer", NORMALIZER_ATTRIBUTES)
    base = BASES.get(stage["id"], base)
    params = stage["params"]
    if any(p["name"] == "contamination" for p in params):
        attributes = attributes.replace(
            "the first percentile of the training rows'",
            "beyond it lies the share `contamination` of the training rows'",
        )
    signature = "".join(f"        {p['name']}: {annotation(p)} = {literal(p['default'])},\n" for p in params)
    body = "".join(f"        self.{p['name']} = {p['name']}\n" for p in params)
    return (
        f"class {class_name(stage['id'])}({base}):\n"
        f"{docstring(stage['doc'], params, attributes)}\n\n"
        f'    stage_id: ClassVar[str] = "{stage["id"]}"\n\n'
        f"    def __init__(\n        self,\n        *,\n{signature}    ) -> None:\n{body}"
    )


def section(described: dict[str, Any]) -> str:
    params = described["params"]
    fields = "".join(f"    {p['name']}: {annotation(p)} = {literal(p['default'])}\n" for p in params)
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
    signature = "".join(f"        {p['name']}: {annotation(p)} = {literal(p['default'])},\n" for p in params)
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
    """Detectors and normalisers: what people use on rows of their own, as scikit-learn's estimators."""
    return stage["role"] in ("detector", "normalizer")


def exported(names: list[str]) -> str:
    return "__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]\n\n\n"


def module(header: str, described: list[dict[str, Any]], to_class: Callable[[dict[str, Any]], str]) -> str:
    return header + exported([class_name(d["id"]) for d in described]) + "\n\n".join(map(to_class, described))


def generate_estimators() -> str:
    stages = [stage for stage in _core.stages() if is_estimator(stage)]
    names = "".join(f"    {class_name(stage['id'])},\n" for stage in stages)
    return module(ESTIMATORS_HEADER, stages, estimator) + f"\n\nregister(\n{names})\n"


def generate_sections() -> str:
    plain = [stage for stage in _core.stages() if not is_estimator(stage)] + _core.sections()
    return module(SECTIONS_HEADER, plain, section)


def generate_signal_stages() -> str:
    return module(SIGNAL_STAGES_HEADER, _core.signal_stages(), signal_stage)


#: File in _generated -> its text before ruff formats it.
GENERATED = {
    "estimators.py": generate_estimators,
    "sections.py": generate_sections,
    "signal_stages.py": generate_signal_stages,
}


if __name__ == "__main__":
    for name, generate in GENERATED.items():
        (GENERATED_PACKAGE / name).write_text(generate())
