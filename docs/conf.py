"""Sphinx settings of the documentation; `./dev docs` builds it.

The pages of both APIs are written here, into docs/site, from what the headers' folders and the package's `__all__` hold: a new header
or name needs no line in the documentation.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parent))

import cpp_api
from sphinx.application import Sphinx

import millwright

DOCS = Path(__file__).parent
ROOT = DOCS.parent
SITE = DOCS / "site"

project = "millwright"
author = "the millwright authors"
project_copyright = author
release = version = millwright.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["figures"]
default_role = "py:obj"
suppress_warnings = ["ref.python"]  # single backticks also name arguments, which may be several attributes elsewhere
highlight_language = "none"
toc_object_entries_show_parents = "hide"

myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]

autosummary_generate = False
autodoc_member_order = "groupwise"
autodoc_typehints = "none"
python_maximum_signature_line_length = cpp_maximum_signature_line_length = 96
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "pydata_sphinx_theme"
html_title = "millwright"
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_css_files = ["site.css"]
html_static_path = ["_static"]
html_show_sourcelink = False

# --- pages of the Python API ------------------------------------------------------------------------------------------

# Names of the package by page. Detectors are found by their base class; whatever is not named here is a part of a pipeline.
PYTHON_PAGES = {
    "pipeline": ("Pipelines", ["Pipeline", "load", "Stream", "Result", "Episode", "Contributor"]),
    "parts": ("Parts of a pipeline", None),
    "detectors": ("Detectors", None),
    "recordings": ("Recordings", ["Recording", "Signal", "as_recording", "read_csv", "read_npy", "read_wav"]),
    "labels": (
        "Learning from labels, and while running",
        [
            "AcceptedBuffer",
            "DetectorStream",
            "FaultSignatures",
            "FusionWeights",
            "Hypothesis",
            "event_deviations",
            "learn_fusion_weights",
            "refresh_forest",
        ],
    ),
    "plots": ("Plots", ["FeatureTrendDisplay", "ScoreDisplay", "SpectrumDisplay"]),
    "simulation": ("Simulated machines", ["BearingRun", "SensorFaults", "simulate_bearing_run"]),
    "build": ("This build", ["force_kernel_level", "kernel_level", "show_config"]),
}


def is_detector(value: object) -> bool:
    return inspect.isclass(value) and any(base.__name__ == "Detector" for base in value.__mro__[1:])


def python_page(title: str, names: list[str], intro: str = "") -> str:
    def entry(name: str) -> str:
        value = vars(millwright).get(name.split(".")[1]) if name.count(".") == 1 else None
        if value is None:
            value = getattr(getattr(millwright, name.split(".")[1]), name.split(".")[2])
        if inspect.isclass(value):
            return f".. autoclass:: {name}\n   :members:\n   :inherited-members: tuple, Mapping, Exception\n"
        return f".. autofunction:: {name}\n" if callable(value) else f".. autodata:: {name}\n   :no-value:\n"

    summary = ".. py:currentmodule:: millwright\n\n.. autosummary::\n   :nosignatures:\n\n" + "".join(
        f"   {name.removeprefix('millwright.')}\n" for name in names
    )
    return "\n".join([title, "=" * len(title), "", intro, summary, *map(entry, names)])


def write_python_pages() -> None:
    members = {name: getattr(millwright, name) for name in millwright.__all__ if not name.startswith("_")}
    modules = sorted(name for name, value in members.items() if isinstance(value, ModuleType))
    # What a module of the package has too is documented there.
    elsewhere = {name for module in modules for name in members[module].__all__ if name in members}
    listed = [name for _, names in PYTHON_PAGES.values() for name in names or ()]
    if unknown := set(listed) - set(members):
        raise RuntimeError(f"docs/conf.py: PYTHON_PAGES names what millwright.__all__ does not have: {sorted(unknown)}")
    rest = sorted(set(members) - set(listed) - set(modules) - elsewhere, key=str.lower)
    found = {"detectors": [name for name in rest if is_detector(members[name])]}
    found["parts"] = [name for name in rest if name not in found["detectors"]]
    for page, (title, names) in PYTHON_PAGES.items():
        write(f"python/{page}.rst", python_page(title, [f"millwright.{name}" for name in found.get(page, names)]))
    for name in modules:
        public = sorted(members[name].__all__, key=str.lower)
        intro = f".. automodule:: millwright.{name}\n   :no-members:\n"
        write(
            f"python/{name}.rst", python_page(f"millwright.{name}", [f"millwright.{name}.{n}" for n in public], intro)
        )
    pages = "".join(f"   {page}\n" for page in [*PYTHON_PAGES, *modules])
    write(
        "python/index.rst",
        "Python API\n==========\n\n``import millwright as mw``. Every public name, by what it is for:\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{pages}",
    )


# --- pages of the C++ API ---------------------------------------------------------------------------------------------


def write_cpp_pages() -> None:
    pages = cpp_api.pages(ROOT / "build" / "docs" / "doxygen", ROOT / "include" / "millwright")
    names = {folder: "millwright" if folder == "." else folder for folder in pages}
    for folder, text in pages.items():
        write(f"cpp/{names[folder]}.rst", text)
    listed = "".join(f"   {name}\n" for name in names.values())
    write(
        "cpp/index.rst",
        "C++ API\n=======\n\n``#include <millwright/millwright.hpp>`` is what a gateway needs; all else has a header of its own, by folder. "
        "Everything is in\n``namespace millwright``.\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{listed}",
    )


# --- the order of the pages, and links --------------------------------------------------------------------------------

# Pages of the repository that the site has too.
REPOSITORY_PAGES = [path.stem for path in sorted(ROOT.glob("*.md"))]


def write_guide_pages() -> None:
    """One page for each heading of the index, which lists its pages: the sidebar has the order of the index."""
    index = (DOCS / "index.md").read_text()
    linked = list(dict.fromkeys(re.findall(r"\]\(([\w-]+)\.md\)", index)))
    if missing := {page.stem for page in DOCS.glob("*.md")} - {*linked, "index"}:
        raise RuntimeError(f"docs/index.md links no page {', '.join(sorted(missing))}")
    pages = "".join(f"   /{page}\n" for page in linked)
    write("guides.rst", f"Guides\n======\n\n.. toctree::\n   :maxdepth: 1\n\n{pages}")
    records = "".join(f"   /adr/{page.stem}\n" for page in sorted((DOCS / "adr").glob("*.md")))
    write("decisions.rst", f"Decisions\n=========\n\n.. toctree::\n   :maxdepth: 1\n\n{records}")
    for name in REPOSITORY_PAGES:
        write(f"{name.lower()}.md", (ROOT / f"{name}.md").read_text())


def write(name: str, text: str) -> None:
    """Only when it changes: Sphinx then reads again only what did."""
    path = SITE / name
    written.add(path)
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


written: set[Path] = set()


def write_pages(app: Sphinx) -> None:
    write_guide_pages()
    write_python_pages()
    write_cpp_pages()
    for path in SITE.rglob("*.*"):
        if path not in written:
            path.unlink()


def relinked(text: str, origin: Path, page: str) -> str:
    """Links of a file in the folder `origin` as links of the site's `page`: pages to pages, other files to downloads, folders to none."""
    folder = (DOCS / page).parent

    def link(match: re.Match[str]) -> str:
        label, path, anchor = match[1], match[2], match[3] or ""
        target = (origin / path).resolve()
        if target == DOCS / "adr":
            target = SITE / "decisions.rst"
        elif target.parent == ROOT and target.stem in REPOSITORY_PAGES:
            target = SITE / f"{target.stem.lower()}.md"
        elif target.is_dir():
            return label
        elif not target.exists():
            return match[0]
        return f"[{label}]({Path(os.path.relpath(target, folder)).as_posix()}{anchor})"

    return re.sub(r"\[([^\]\n]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)", link, text)


def adapt_page(app: Sphinx, page: str, source: list[str]) -> None:
    """A reader of the file sees links to a figure's script and into the repository, one of the site sees figures and pages."""
    path = app.env.doc2path(page)
    if path.suffix != ".md":
        return
    origin = ROOT if path.parent == SITE else path.parent
    text = re.sub(
        r"^\[Figure: (.+)\]\(figures/\w+\.py#(\w+)\)$",
        r"```{figure} ../build/docs/figures/\2.svg\n\1\n```",
        source[0],
        flags=re.MULTILINE,
    )
    text = relinked(text, origin, page)
    if page == "index":
        pages = ["guides", "python/index", "cpp/index", "decisions", *(page.lower() for page in REPOSITORY_PAGES)]
        text += "\n```{toctree}\n:hidden:\n\n" + "".join(f"site/{page}\n" for page in pages) + "```\n"
    source[0] = text


def skip_foreign(app: Sphinx, what: str, name: str, member: object, skip: bool, options: object) -> bool | None:
    """scikit-learn documents what its bases bring."""
    return True if str(getattr(member, "__module__", "")).startswith("sklearn.") else None


def plain_text(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Docstrings know backticks only: |x| is no substitution, and name_ no link."""
    for number, line in enumerate(lines):
        if re.match(r"[\w, ]+ : ", line):  # of a section of parameters, which napoleon reads
            continue
        parts = line.split("`")
        parts[::2] = [re.sub(r"\||(?<=\w)_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
        lines[number] = "`".join(parts)


def setup(app: Sphinx) -> None:
    app.connect("autodoc-skip-member", skip_foreign)
    app.connect("autodoc-process-docstring", plain_text, priority=100)  # before napoleon
    app.connect("builder-inited", write_pages)
    app.connect("source-read", adapt_page)
