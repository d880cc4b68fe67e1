"""Labels for readers, instead of codes and column names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from crisisdata._editions import Edition

SEPARATOR = "; "
"""Separator of the codes in a cell with several."""
# How parts of the names of columns are written in words.
_WORDS = {"au": "AU", "un": "UN", "eu": "EU", "30d": "in 30 days", "min": "at least", "max": "at most"}
_SCALES = ("step", "share", "balance")


def label_of_variable(field: dict[str, Any]) -> str:
    """Return the title of a column or, without a title, its name as words; with its unit if that adds something."""
    if "title" in field:
        return str(field["title"])
    words = field["name"].removesuffix("_date").replace("_", " ")
    for short, long in _WORDS.items():
        words = re.sub(rf"\b{short}\b", long, words)
    unit = field.get("unit", "").split(",")[0]
    tells = unit and unit not in words and unit not in _SCALES
    return words[0].upper() + words[1:] + (f" ({unit})" if tells else "")


def labels_of_codes(field: dict[str, Any], edition: Edition) -> dict[str, str]:
    """Return the label of each code of a column, in the order of its list; nothing for a column without codes."""
    if "categories" in field:
        return {category["value"]: category["label"] for category in field["categories"]}
    if "codes" not in field:
        return {}
    # A cell with several codes is text, for which the field lists no categories.
    from crisisdata._legacy import rows_of

    return {row["code"]: row["label"] for row in rows_of("codes", edition) if row["code_list"] == field["codes"]}


def with_labels(arrow: pa.Table, resource: dict[str, Any], edition: Edition) -> pa.Table:
    """Return a table with labels instead of codes, in the same order."""
    import pyarrow as pa

    for place, field in enumerate(resource["schema"]["fields"]):
        labels = labels_of_codes(field, edition)
        if not labels:
            continue
        column = arrow[field["name"]].combine_chunks()
        if pa.types.is_dictionary(column.type):
            words = pa.array([labels[code] for code in column.dictionary.to_pylist()], column.type.value_type)
            column = pa.DictionaryArray.from_arrays(column.indices, words, ordered=column.type.ordered)
        else:
            column = pa.array([_labelled(cell, labels) for cell in column.to_pylist()], column.type)
        arrow = arrow.set_column(place, arrow.schema.field(place).with_type(column.type), column)
    return arrow


def _labelled(cell: str | None, labels: dict[str, str]) -> str | None:
    return None if cell is None else SEPARATOR.join(labels[code] for code in cell.split(SEPARATOR))
