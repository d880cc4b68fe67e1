"""The figures on `docs/early-coding.md`: a coding made within days of a coup, set against the final one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from crisisdata._changes import changes
from crisisdata._editions import Edition
from crisisdata._load import joined, load
from crisisdata.coding.codebook_pages import markdown_table
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema, Table
from crisisdata.coding.validate import read_coding

CASES = Path(__file__).resolve().parents[2] / "docs" / "early-case"
EPISODE = "gnb-2025-11"
FINAL = "1.3"
KNOWN_BY = pd.Timestamp("2025-11-29")
"""Day of the last sources that the early coding could use."""
NAME = "gnb-2025-11-tentative"
TABLES = (
    "episodes", "triggers", "responses", "response_items", "sanctions", "sanction_events", "support", "polls",
    "authority_acts", "milestones", "rule_spells",
)  # fmt: skip
CODES, WORDS = "codes, dates, figures, references", "names, places, summaries"
ROWS = ["table", "coded early", "kept", "withdrawn", "added later", "of these known by then"]
CELLS = ["cells", "table", "with a value", "kept", "recoded", "emptied", "filled later"]


def figures(schema: Schema) -> dict[str, str]:
    """Return each generated part of the page by its name."""
    with TemporaryDirectory() as folder:
        early = build(Path(folder) / "early", schema)
        rows, cells = count(early, Edition.find(FINAL), schema)
    cells["share kept"] = [f"{share:.0%}".replace("%", " %") for share in cells["kept"] / cells["with a value"]]
    return {"early rows": _markdown(rows), "early cells": _markdown(cells)}


def build(out: Path, schema: Schema) -> Edition:
    """Build the early coding as an edition of its own, as `crisisdata build` does."""
    coding = read_coding(CASES, schema, base=Edition.find(FINAL))
    coding.schema = schema.for_own_cases(NAME)
    return publish(coding, out)


def count(early: Edition, final: Edition, schema: Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count what became of rows and cells of one edition in another.

    Returns
    -------
    rows : pandas.DataFrame
        A row for each table and one for all: rows coded early, those kept and withdrawn, and rows that only the final
        edition has; of these, those that end no later than the last sources of the early coding.
    cells : pandas.DataFrame
        A row for each kind of cell and table, and one for all of a kind, on rows that were kept: cells that had a value
        and were kept, recoded or emptied, and cells that had none and were filled. A date is one cell.
    """
    found = changes(early.folder, final)
    by_table, by_cell = [], []
    for name in TABLES:
        table = schema.tables[name]
        before, after = (_rows(name, edition) for edition in (early, final))
        if before.empty and after.empty:
            continue
        kept, added = before[before.index.isin(after.index)], after[~after.index.isin(before.index)]
        by_table.append([name, len(before), len(kept), len(before) - len(kept), len(added), _known(added)])
        changed = found[found["table_name"].eq(name) & found["record_id"].isin(kept.index)]
        for kind, names in _kinds(table).items():
            counts = _counts(kept, changed, names)
            if any(counts):
                by_cell.append([kind, name, *counts])
    cells = pd.DataFrame(by_cell, columns=CELLS)
    parts = [_with_total(part) for _, part in cells.groupby("cells", sort=False)]
    return _with_total(pd.DataFrame(by_table, columns=ROWS)), pd.concat(parts, ignore_index=True)


def _rows(name: str, edition: Edition) -> pd.DataFrame:
    """Return the rows of the episode in a table, by key."""
    frame = load(name, edition)  # type: ignore[call-overload]
    frame.index = joined(frame[edition.resource(name)["schema"]["primaryKey"]], "/")
    return frame[frame.index.str.startswith(EPISODE)]


def _kinds(table: Table) -> dict[str, list[str]]:
    """Return the variables that a coder writes, apart from the key: those with codes and those with free text."""
    coded = {name: field for name, field in table.coded_fields.items() if name not in table.primary_key}
    free = [
        name
        for name, field in coded.items()
        if field.type == "string" and not (field.codes or field.references or field.edtf)
    ]
    return {CODES: [name for name in coded if name not in free], WORDS: free}


def _counts(kept: pd.DataFrame, changed: pd.DataFrame, variables: Iterable[str]) -> list[int]:
    """Return how many cells had a value, and how many were kept, recoded, emptied and filled."""
    names = [name for name in variables if name in kept]
    parts = {f"{name}{end}": name for name in names for end in ("", "_latest", "_precision")}
    cells = changed.assign(name=changed["variable"].map(parts)).dropna(subset="name")
    # The first part of a date says what became of it; where only its end or its precision differs, it was recoded.
    first = cells["variable"] == cells["name"]
    kinds = cells["kind"].where(first, "recoded")[first.sort_values(ascending=False, kind="stable").index]
    kinds = kinds[~cells.loc[kinds.index].duplicated(["record_id", "name"])]
    recoded, emptied, filled = (int((kinds == kind).sum()) for kind in ("recoded", "emptied", "filled"))
    coded = int(kept[names].notna().to_numpy().sum())
    return [coded, coded - recoded - emptied, recoded, emptied, filled]


def _known(added: pd.DataFrame) -> int:
    """Return how many rows are surely of a day that the early coding could know."""
    ends = [name for name in ("event_date_latest", "claimed_date_latest", "start_date_latest") if name in added]
    return int((added[ends[0]] <= KNOWN_BY).sum()) if ends else 0


def _with_total(frame: pd.DataFrame) -> pd.DataFrame:
    total = frame.sum(numeric_only=True).to_frame().T.assign(table="all")
    if "cells" in frame:
        total["cells"] = frame["cells"].iloc[0]
    return pd.concat([frame, total], ignore_index=True)[frame.columns]


def _markdown(frame: pd.DataFrame) -> str:
    return markdown_table(frame.astype(object))
