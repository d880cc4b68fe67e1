"""The page on the Python API, from the docstrings of its public names."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import griffe

import crisisdata
from crisisdata.coding.codebook_pages import NOTICE

_START = """The names on this page and the command `crisisdata` are public: if one of them is renamed, the old name
still works and warns. Everything else may change in any release.

Each name is listed with its parameters, what it returns and raises, and an example that the tests run.

```py
import crisisdata as cd
```

The [codebook](codebook/README.md), or `cd.codebook(table)`, explains the columns and codes of the tables.
"""
_MODULES = {
    "crisisdata": "Read, explain, compare and align; needs pandas and pyarrow only, except where an extra is named.",
    "crisisdata.figures": "Figures, drawn on matplotlib axes; needs the extra `plot`. [Examples](figures.md).",
    "crisisdata.audit": "A blind audit that anyone can repeat; needs the extra `audit`. [How to](reliability.md).",
    "crisisdata.errors": "Errors and warnings. All errors derive from `CrisisDataError`.",
}
_FORMER = "_UNSET"
"""The default of a parameter that exists only under its former name."""
_WIDTH = 100


@dataclass(frozen=True)
class _Name:
    """One public name."""

    module: str
    name: str
    value: Any
    source: Any
    """What griffe read about it."""

    @property
    def anchor(self) -> str:
        return f"{self.module}.{self.name}".replace(".", "-").lower()

    @property
    def called(self) -> str:
        """How a reader writes it."""
        return f"{self.module}.{self.name}".replace("crisisdata.", "cd.", 1) if not self._is_error else self.name

    @property
    def _is_error(self) -> bool:
        return inspect.isclass(self.value) and issubclass(self.value, Exception)


def api_page() -> str:
    """Return the page, with a section for each module."""
    names = list(public_names())
    lines = [f"<!-- {NOTICE} -->", "# API reference", "", _START]
    for module, about in _MODULES.items():
        chosen = [each for each in names if each.module == module]
        lines += [f"## `{module}`", "", about, "", "| name | |", "| --- | --- |"]
        lines += [f"| [`{each.called}`](#{each.anchor}) | {_first_line(each.value)} |" for each in chosen]
        lines += [""]
        for each in chosen:
            lines += [f'<a id="{each.anchor}"></a>', "", f"### `{each.called}`", "", *_described(each, names)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def public_names() -> Iterator[_Name]:
    """Yield each public name with what griffe read about it."""
    logging.getLogger("griffe").setLevel(logging.ERROR)  # names of `typing` that it cannot resolve are no matter here
    package = griffe.load("crisisdata", search_paths=[Path(crisisdata.__file__).parents[1]])
    for module in _MODULES:
        there = import_module(module)
        for name in getattr(there, "__all__", None) or _classes(there):
            value = getattr(there, name)
            if module == "crisisdata" and value.__module__ == "crisisdata.errors":
                continue  # described with the other errors
            home = value.__module__.removeprefix("crisisdata.")
            yield _Name(module, name, value, package[f"{home}.{value.__name__}"])


def _classes(module: Any) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def _first_line(value: Any) -> str:
    return _markdown(" ".join(str(inspect.getdoc(value)).split("\n\n")[0].split()))


def _described(item: _Name, names: list[_Name]) -> Iterator[str]:
    if inspect.isclass(item.value):
        if issubclass(item.value, Exception):
            yield f"Derives from {', '.join(f'`{base.__name__}`' for base in item.value.__bases__)}."
            yield ""
        yield from _docstring(item.value, names)
        if not issubclass(item.value, Exception):
            yield from _members(item, names)
    else:
        yield from _signature(item.source, item.called)
        yield from _docstring(item.value, names)


def _members(item: _Name, names: list[_Name]) -> Iterator[str]:
    """Describe the public attributes and methods of a class."""
    members = {name: each for name, each in item.source.members.items() if not name.startswith("_")}
    attributes = {name: each for name, each in members.items() if each.is_attribute and each.docstring}
    if attributes:
        yield from ["**Attributes**", ""]
        for name, each in attributes.items():
            yield f"- `{name}` (`{each.annotation}`): {_joined(each.docstring.value)}"
        yield ""
    for name, each in members.items():
        if each.is_function and each.docstring:
            yield from [f"#### `{item.name}.{name}`", ""]
            yield from _signature(each, f"{item.name}.{name}")
            yield from _docstring(inspect.getattr_static(item.value, name), names)


def _signature(function: Any, called: str) -> Iterator[str]:
    parts: list[str] = []
    for each in function.parameters:
        if each.name in ("self", "cls") or str(each.default) == _FORMER:
            continue
        if each.kind is griffe.ParameterKind.keyword_only and "*" not in parts:
            parts.append("*")
        kind = f": {each.annotation}" if each.annotation else ""
        default = "" if each.default is None else f" = {each.default}"
        parts.append(f"{each.name}{kind}{default}")
    returns = f" -> {function.returns}" if function.returns else ""
    line = f"{called}({', '.join(parts)}){returns}"
    if len(line) > _WIDTH:
        inside = "".join(f"    {part},\n" for part in parts)
        line = f"{called}(\n{inside}){returns}"
    yield from ["```py", line, "```", ""]


def _docstring(value: Any, names: list[_Name]) -> Iterator[str]:
    text = inspect.getdoc(getattr(value, "__func__", value)) or ""
    for section in griffe.parse_numpy(griffe.Docstring(text), warnings=False):
        write = _SECTIONS.get(section.kind.value)
        if write is None:
            raise ValueError(f"the docstring of {value} has a section {section.kind.value!r} that this page lacks")
        yield from write(section.value, names)
        yield ""


def _text(text: str, names: list[_Name]) -> Iterator[str]:
    yield _markdown(text)


def _parameters(entries: list[Any], names: list[_Name]) -> Iterator[str]:
    yield from _listed("Parameters", entries)


def _attributes(entries: list[Any], names: list[_Name]) -> Iterator[str]:
    yield from _listed("Attributes", entries)


def _listed(title: str, entries: list[Any]) -> Iterator[str]:
    yield from [f"**{title}**", ""]
    for description, group in groupby(entries, key=lambda entry: entry.description):  # described together
        called = ", ".join(f"`{entry.name}`" for entry in group)
        yield f"- {called}: {_joined(description)}"


def _returns(entries: list[Any], names: list[_Name]) -> Iterator[str]:
    for entry in entries:
        yield from [f"**Returns** {entry.annotation}", "", _markdown(entry.description)]


def _raises(entries: list[Any], names: list[_Name]) -> Iterator[str]:
    yield from _errors("Raises", entries, names)


def _warns(entries: list[Any], names: list[_Name]) -> Iterator[str]:
    yield from _errors("Warns", entries, names)


def _errors(title: str, entries: list[Any], names: list[_Name]) -> Iterator[str]:
    anchors = {each.name: each.anchor for each in names}
    yield from [f"**{title}**", ""]
    for entry in entries:
        errors = [each.strip() for each in str(entry.annotation).split(",")]
        yield f"- {', '.join(f'[`{each}`](#{anchors[each]})' for each in errors)}: {_joined(entry.description)}"


def _examples(parts: Iterable[tuple[Any, str]], names: list[_Name]) -> Iterator[str]:
    yield from ["**Example**", ""]
    for kind, text in parts:
        if kind is griffe.DocstringSectionKind.examples:
            shown = re.sub(r"  # doctest: .*", "", text).replace("<BLANKLINE>", "")
            yield from ["```pycon", shown.rstrip(), "```"]
        else:
            yield from [_markdown(text), ""]


_SECTIONS: dict[str, Callable[[Any, list[_Name]], Iterator[str]]] = {
    "text": _text,
    "parameters": _parameters,
    "attributes": _attributes,
    "returns": _returns,
    "raises": _raises,
    "warns": _warns,
    "examples": _examples,
}


def _markdown(text: str) -> str:
    """Return a docstring text as Markdown: double backticks become single ones."""
    return text.replace("``", "`").strip()


def _joined(text: str) -> str:
    """Return a description as the text of a list item."""
    return _markdown(text).replace("\n", "\n  ")
