"""The figures on early coding count what they say, also once the schema has moved on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from crisisdata._editions import Edition
from crisisdata.coding import early_page
from crisisdata.coding.derive import read_schema


def test_an_early_coding_under_a_later_schema_is_still_compared(tmp_path: Path) -> None:
    schema = read_schema()
    later = replace(schema, package={**schema.package, "version": "99.0"})
    early = early_page.build(tmp_path / "early", later)
    assert early.version == "99.0"
    rows, cells = early_page.count(early, Edition.find(early_page.FINAL), later)
    total = rows.set_index("table").loc["all"]
    assert total["coded early"] == total["kept"] + total["withdrawn"] > 50
    assert ((cells["kept"] + cells["recoded"] + cells["emptied"]) == cells["with a value"]).all()


def test_a_date_is_one_cell_and_each_kind_of_change_counts_once() -> None:
    kept = pd.DataFrame(
        {"day": [1, 2, 3, 4], "day_latest": [1, 2, 3, 4], "day_precision": ["day"] * 4, "code": ["a", "b", None, "d"]},
        index=list("wxyz"),
    )
    changed = pd.DataFrame(
        [
            ("w", "day_precision", "recoded"),  # listed before the date itself, which says what became of it
            ("w", "day", "emptied"),
            ("x", "day_latest", "filled"),  # only its end differs
            ("x", "day_precision", "recoded"),
            ("y", "code", "filled"),
            ("z", "code", "recoded"),
            ("z", "other", "recoded"),
        ],
        columns=["record_id", "variable", "kind"],
    )
    #                                      with a value, kept, recoded, emptied, filled
    assert early_page._counts(kept, changed, ["day", "code", "absent"]) == [7, 4, 2, 1, 1]
