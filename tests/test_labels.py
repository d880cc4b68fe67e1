"""Labels in the place of codes."""

from __future__ import annotations

from typing import Any

import pytest

import crisisdata as cd
from crisisdata._editions import Edition

EDITION = Edition.find("1.0")
TABLES = list(EDITION.resources)


def labels_of(field: dict[str, Any]) -> dict[str, str]:
    codes = cd.load("codes", EDITION)
    return codes[codes["code_list"] == field["codes"]].set_index("code")["label"].to_dict()


@pytest.mark.parametrize("table", TABLES)
def test_each_code_gives_way_to_its_label_and_nothing_else_changes(table: str) -> None:
    coded, labelled = (cd.load(table, EDITION, labels=asked) for asked in (False, True))  # type: ignore[call-overload]
    assert list(coded) == list(labelled)
    for field in EDITION.resource(table)["schema"]["fields"]:
        before, after = coded[field["name"]], labelled[field["name"]]
        if "codes" not in field:
            assert before.equals(after)
            continue
        labels = labels_of(field)
        wanted = ["; ".join(labels[code] for code in cell.split("; ")) for cell in before.dropna()]
        assert after.dropna().tolist() == wanted
        assert (before.isna() == after.isna()).all()
        if "categories" in field:
            assert after.cat.categories.tolist() == [labels[code] for code in before.cat.categories]
            assert after.cat.ordered == before.cat.ordered


def test_arrow_and_polars_have_the_same_labels() -> None:
    pandas, arrow, polars = (
        cd.load("sanctions", EDITION, as_=kind, labels=True) for kind in ("pandas", "arrow", "polars")
    )  # type: ignore[call-overload]
    assert pandas["measure"].tolist() == arrow["measure"].to_pylist() == polars["measure"].to_list()
    assert polars["measure"].dtype.categories.to_list() == pandas["measure"].cat.categories.tolist()


@pytest.mark.parametrize("version", ["0.1", "0.4"])
def test_labels_of_an_older_edition(version: str) -> None:
    coded, labelled = (cd.load("sanctions", version, labels=asked) for asked in (False, True))
    assert set(coded["measure"].cat.categories).isdisjoint(labelled["measure"].cat.categories)


def test_a_comparison_for_people() -> None:
    keys, variables = ["mli-2020-08", "tcd-2021-04"], ["organised_word", "coercion_30d", "suspended_date", "event_type"]
    coded, labelled = (cd.compare(keys, variables, labels=asked, version="1.0") for asked in (False, True))
    assert list(labelled.columns) == ["Mali, August 2020", "Chad, April 2021"]
    assert list(labelled.index) == ["Organised word", "Coercion in 30 days", "Suspended", "Event type"]
    assert labelled.iloc[1:3].to_numpy().tolist() == coded.iloc[1:3].to_numpy().tolist()
    assert labelled.loc["Organised word"].tolist() == ["Against", "Against"]
    assert labelled.loc["Event type"].tolist() == ["Coup d'état", "Military succession"]


def test_a_tidy_comparison_for_people() -> None:
    tidy = cd.compare("mli-2021-05", ["organised_word"], layout="tidy", labels=True, version="1.0")
    assert tidy.to_dict("records") == [{"episode": "Mali, May 2021", "variable": "Organised word", "value": "Against"}]
