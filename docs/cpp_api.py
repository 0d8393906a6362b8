"""Pages of the C++ API from doxygen's XML: a page for each folder of headers, a section for each header, in the order of its lines.

Sphinx's own C++ domain writes the declarations; this module turns what doxygen read into its directives.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

#: What a default longer than this tells is better read in the header.
_LONGEST_DEFAULT = 60


#: Where code touches words: reStructuredText wants an escaped blank there, but none beside a blank.
_BORDER = "\x01"

#: Declarations of each header as (line, text).
Found = dict[str, list[tuple[int, str]]]


def pages(xml: Path, headers: Path) -> dict[str, str]:
    """Text of every page by folder below `headers` ("." for headers that lie in it)."""
    found: Found = {header.relative_to(headers.parent).as_posix(): [] for header in headers.rglob("*.hpp")}
    compounds = [ET.parse(path).getroot().find("compounddef") for path in sorted(xml.glob("*.xml"))]
    by_id = {compound.get("id"): compound for compound in compounds if compound is not None}
    for compound in by_id.values():
        kind, name = compound.get("kind"), compound.findtext("compoundname", "")
        if "detail" in name.split("::"):
            continue
        if kind == "namespace":
            members = [(member, name) for member in compound.iter("memberdef")]
        elif kind == "file":
            members = [(member, "") for member in compound.iter("memberdef") if member.get("kind") == "define"]
        else:
            # A class inside a class is shown inside it.
            scope = name.split("<")[0].rpartition("::")[0]
            if kind in ("class", "struct", "concept", "union") and not _is_class(scope, by_id):
                line, text = _compound(compound, scope, by_id)
                _place(found, compound, line, text)
            continue
        for member, scope in members:
            text = _member(member, scope, compound)
            if text:
                _place(found, member, _line(member), text)

    result: dict[str, str] = {}
    for name in sorted(found):
        if not found[name]:
            continue
        folder = (headers.parent / name).parent.relative_to(headers).as_posix()
        short = name.removeprefix(f"{headers.name}/")
        title = headers.name if folder == "." else folder
        page = result.setdefault(folder, f"{title}\n{'=' * len(title)}\n")
        body = "\n".join(text for _, text in sorted(found[name], key=lambda entry: entry[0]))
        result[folder] = f"{page}\n{short}\n{'-' * len(short)}\n\n``#include <{name}>``\n\n{body}\n"
    return result


def _is_class(name: str, by_id: dict[str | None, ET.Element]) -> bool:
    return any(c.findtext("compoundname") == name and c.get("kind") in ("class", "struct") for c in by_id.values())


def _place(found: Found, element: ET.Element, line: int, text: str) -> None:
    location = element.find("location")
    if location is not None and location.get("file") in found:
        found[location.get("file", "")].append((line, text))


def _line(element: ET.Element) -> int:
    location = element.find("location")
    return int(location.get("line", "0")) if location is not None else 0


def _plain(element: ET.Element | None) -> str:
    text = "" if element is None else " ".join("".join(element.itertext()).split())
    return re.sub(r"\s*([<>])\s*", lambda m: m[1] if m[1] == "<" else "> ", text).replace("> >", ">>").strip()


def _template(element: ET.Element) -> str:
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    parts = []
    for parameter in parameters.findall("param"):
        part = _plain(parameter.find("type"))
        name = parameter.findtext("declname")
        if name and part.split()[-1] != name:
            part += f" {name}"
        default = _plain(parameter.find("defval"))
        parts.append(part + (f" = {default}" if default else ""))
    constraint = _plain(element.find("requiresclause"))
    return f"template<{', '.join(parts)}> " + (f"requires {constraint} " if constraint else "")


def _directive(kind: str, declaration: str, body: str, scope: str = "") -> str:
    before = f".. cpp:namespace:: {scope}\n\n" if scope else ""
    return f"{before}.. {kind}:: {' '.join(declaration.split())}\n\n" + (_indented(body, "   ") + "\n" if body else "")


def _indented(text: str, margin: str) -> str:
    return "\n".join(margin + line if line else "" for line in text.splitlines())


def _compound(
    compound: ET.Element, scope: str, by_id: dict[str | None, ET.Element], nested: bool = False
) -> tuple[int, str]:
    kind = compound.get("kind", "class")
    name = _plain(compound.find("compoundname")).removeprefix(f"{scope}::")
    body = [_description(compound)]
    inner: list[tuple[int, str]] = []
    for member in compound.iter("memberdef"):
        if member.get("prot") == "public" and (text := _member(member, "", compound)):
            inner.append((_line(member), text))
    for reference in compound.findall("innerclass"):
        child = by_id.get(reference.get("refid"))
        if child is not None and reference.get("prot") == "public":
            inner.append(_compound(child, _plain(compound.find("compoundname")).split("<")[0], by_id, nested=True))
    body += [text for _, text in sorted(inner, key=lambda entry: entry[0])]
    bases = ", ".join(_plain(base) for base in compound.findall("basecompoundref") if base.get("prot") == "public")
    declaration = _template(compound) + name + (f" : public {bases}" if bases else "")
    return _line(compound), _directive(
        f"cpp:{kind}", declaration, "\n".join(filter(None, body)), "" if nested else scope
    )


def _member(member: ET.Element, scope: str, parent: ET.Element) -> str:
    kind, name, text = member.get("kind"), member.findtext("name", ""), _description(member)
    template, type_ = _template(member), _plain(member.find("type"))
    initializer = _plain(member.find("initializer"))
    if kind == "function":
        arguments = member.findtext("argsstring", "")
        special = re.search(r"=\s*(delete|default)$", arguments) or name.startswith("~")
        guide = not type_ and scope and not name.startswith("operator")  # a deduction guide
        if (special and not text) or guide:
            return ""
        arguments = re.sub(
            r"=\s*\[[^]]*\]\s*\([^)]*\)\s*\{[^}]*\}", "= lambda", arguments
        )  # Sphinx reads no function there
        arguments = re.sub(r"\s*=\s*(delete|default|0)$", "", arguments)
        static = "static " if member.get("static") == "yes" and not scope else ""
        explicit = "explicit " if member.get("explicit") == "yes" else ""
        return _directive("cpp:function", f"{template}{static}{explicit}{type_} {name}{arguments}", text, scope)
    if kind == "variable":
        default = f" {initializer}" if initializer and len(initializer) <= _LONGEST_DEFAULT else ""
        static = "static " if member.get("static") == "yes" and not scope else ""
        declaration = f"{template}{static}{type_} {name}{member.findtext('argsstring') or ''}{default}"
        return _directive("cpp:member", declaration, text, scope)
    if kind == "typedef":
        return _directive("cpp:type", f"{template}{name} = {type_}", text, scope)
    if kind == "enum" and name:
        values = [
            _directive("cpp:enumerator", value.findtext("name", ""), _description(value))
            for value in member.findall("enumvalue")
        ]
        enum = "cpp:enum-class" if member.get("strong") == "yes" else "cpp:enum"
        declaration = name + (f" : {type_}" if type_ else "")
        return _directive(enum, declaration, "\n".join(filter(None, [text, *values])), scope)
    if kind == "define" and text:
        parameters = [parameter.findtext("defname", "") for parameter in member.findall("param")]
        return _directive("c:macro", name + (f"({', '.join(parameters)})" if parameters else ""), text)
    return ""


# --- descriptions -----------------------------------------------------------------------------------------------------


def _description(element: ET.Element) -> str:
    blocks: list[str] = []
    for part in ("briefdescription", "detaileddescription"):
        description = element.find(part)
        if description is not None:
            blocks += _blocks(description)
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(element: ET.Element) -> Iterator[str]:
    """Paragraphs, lists and literal blocks; a paragraph of doxygen may hold the other two."""
    sentence = _escaped(element.text or "")
    for child in element:
        if child.tag in ("para", "itemizedlist", "orderedlist", "verbatim", "preformatted", "programlisting"):
            if sentence.strip():
                yield _unwrapped(sentence)
            sentence = ""
            if child.tag == "para":
                yield from _blocks(child)
            elif child.tag in ("itemizedlist", "orderedlist"):
                mark = "- " if child.tag == "itemizedlist" else "#. "
                items = ["\n\n".join(_blocks(item)) for item in child.findall("listitem")]
                yield "\n".join(mark + _indented(item, " " * len(mark)).lstrip() for item in items)
            else:
                lines = re.sub(r"^\s*///", "", "".join(child.itertext()), flags=re.MULTILINE).strip("\n").splitlines()
                margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
                yield "::\n\n" + _indented("\n".join(line[margin:].rstrip() for line in lines), "   ")
        else:
            sentence += _inline(child)
        sentence += _escaped(child.tail or "")
    if sentence.strip():
        yield _unwrapped(sentence)


def _inline(element: ET.Element) -> str:
    text = "".join(element.itertext())
    if element.tag == "computeroutput":
        return f"{_BORDER}``{text.strip()}``{_BORDER}" if text.strip() else ""
    signs = {"ndash": "--", "mdash": "---", "linebreak": "\n", "sp": " "}
    return signs.get(element.tag, _escaped(text))


def _escaped(text: str) -> str:
    return re.sub(r"[\\*`|]|(?<=\w)_(?!\w)|(?<!\w)_", r"\\\g<0>", text)


def _unwrapped(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(rf"(?<=\S){_BORDER}(?=``)|(?<=``){_BORDER}(?=\S)", r"\\ ", text).replace(_BORDER, "")
    # At a line's start these would begin a list or a directive.
    return re.sub(r"^([-+.#]|\d+[.)])(?=\s|\.)", r"\\\1", text)
