"""The published layouts of well-known event datasets: how they write dates, countries and missing values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from crisisdata.errors import InvalidEventsError, UnknownNameError

_PACKAGE = Path(__file__).resolve().parents[1]
_CODE_NAMES = "columns.toml"
EXACTNESS = ("day", "week", "month", "year")


@dataclass(frozen=True)
class Layout:
    """The layout of one dataset, as its file under `schemas/layouts` describes it."""

    name: str
    title: str
    documented: str
    marks: list[str]
    """Columns of which at least one, in addition to date and country, must exist for the layout to be recognised."""
    columns: list[str]
    date: dict[str, Any]
    country: list[dict[str, str]]
    types: dict[str, str]
    other_columns: list[str] = field(default_factory=list)
    """Columns that other releases and extracts have."""
    csv: dict[str, Any] = field(default_factory=dict)
    precision: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    missing: dict[str, dict[str, int]] = field(default_factory=dict)
    fips: dict[str, str] = field(default_factory=dict)

    @property
    def date_columns(self) -> list[str]:
        """The columns that make up the date of an event."""
        return self.date.get("parts") or [self.date["column"]]

    def named(self, columns: Iterable[Hashable]) -> dict[str, Hashable]:
        """Return the columns of the layout that are present, under the names they have there."""
        present = {str(name).strip().lower(): name for name in columns}
        wanted = (*self.columns, *self.other_columns)
        return {name: present[name.lower()] for name in wanted if name.lower() in present}

    def require(self, columns: Sequence[Hashable]) -> dict[str, Hashable]:
        """Return what `named` does, or raise if the date or the country is missing."""
        there = self.named(columns)
        missing = [name for name in self.date_columns if name not in there]
        if not any(entry["column"] in there for entry in self.country):
            missing += [entry["column"] for entry in self.country]
        if missing:
            raise InvalidEventsError.lacks(missing, map(str, columns))
        return there

    def is_that_of(self, columns: Sequence[Hashable]) -> bool:
        """Say whether the columns show this layout: date, country and one that only such datasets have."""
        there = self.named(columns)
        return (
            all(name in there for name in self.date_columns)
            and any(entry["column"] in there for entry in self.country)
            and any(name in there for name in self.marks)
        )

    def is_that_of_cells(self, cells: Sequence[str]) -> bool:
        """Say whether the first line of a file without a header has this layout."""
        if len(cells) not in self.csv.get("cells", ()):
            return False
        looks: Mapping[str, str] = self.csv["looks_like"]
        by_name = dict(zip(self.columns, cells, strict=False))
        return all(re.fullmatch(pattern, by_name[name]) for name, pattern in looks.items())

    def country_column(self, there: Mapping[str, Hashable]) -> tuple[str, str | None]:
        """Return the column that names the country, with the kind of code, from the columns present."""
        return next((entry["column"], entry.get("codes")) for entry in self.country if entry["column"] in there)


@cache
def layouts() -> dict[str, Layout]:
    """Return the known layouts by name."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in sorted(folder().glob("*.toml"))]
    return {content["name"]: Layout(**content) for content in files if "marks" in content}


@cache
def names_of_codes() -> dict[str, str]:
    """Return which column of `countries` a column of codes contains, by its name in lower case."""
    names = tomllib.loads((folder() / _CODE_NAMES).read_text("utf-8"))
    return {name.lower(): codes for codes, listed in names.items() for name in listed}


def named(layout: str) -> Layout:
    """Return a layout by its name."""
    if layout not in layouts():
        raise UnknownNameError.of("layout", layout, layouts())
    return layouts()[layout]


def recognised(columns: Sequence[Hashable]) -> Layout | None:
    """Return the layout that the columns show; if there are several, the one with most of its columns present."""
    fitting = [layout for layout in layouts().values() if layout.is_that_of(columns)]
    return max(fitting, key=lambda layout: len(layout.named(columns)), default=None)


def recognised_by_cells(cells: Sequence[str]) -> Layout | None:
    """Return the layout of a file without a header, from the cells of its first line."""
    return next((layout for layout in layouts().values() if layout.is_that_of_cells(cells)), None)


def unrecognised(columns: Iterable[Hashable]) -> InvalidEventsError:
    """Return the error for columns that fit no known layout."""
    listed = [str(name) for name in columns]
    more = f" … ({len(listed)} in all)" if len(listed) > 20 else ""
    return InvalidEventsError(
        f"the columns match no known layout ({', '.join(layouts())}): {', '.join(listed[:20])}{more}. Name the "
        "layout, or pass date= and country= to `align`."
    )


def folder() -> Path:
    """Return the folder of the layouts: inside an installed package, otherwise in the checkout."""
    installed = _PACKAGE / "schemas_data"
    return (installed if installed.is_dir() else _PACKAGE.parent / "schemas") / "layouts"
