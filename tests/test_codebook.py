"""What `tables` and `codebook` say is what the descriptor of an edition says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

import crisisdata as cd
from crisisdata._codebook import agreement_of
from crisisdata.errors import UnknownNameError

BLANKS = dict.fromkeys(["unit", "codes", "rule", "derived_from"])


def test_tables_are_those_of_the_descriptor() -> None:
    edition = cd.Edition.find("0.4")
    found = cd.tables("0.4")
    assert list(found.columns) == ["group", "rows", "columns", "grain", "population"]
    assert found.index.name == "table"
    assert list(found.index) == list(edition.resources)
    for name, resource in edition.resources.items():
        said = [resource[key] for key in ("group", "rows", "grain", "population")]
        assert found.loc[name, ["group", "rows", "grain", "population"]].tolist() == said
        assert found.loc[name, "columns"] == cd.load(name, "0.4").shape[1]  # type: ignore[call-overload]


def test_variables_are_those_of_the_descriptor() -> None:
    edition = cd.Edition.find("0.4")
    found = cd.codebook("episodes", version="0.4")
    columns = ["type", "unit", "codes", "description", "rule", "derived_from"]
    assert list(found.columns) == columns
    assert found.index.name == "variable"
    rules = edition.descriptor["rules"]
    expected = {}
    for field in edition.resource("episodes")["schema"]["fields"]:
        cells = {**BLANKS, **{name: field[name] for name in columns if name in field}}
        if "derived" in field and (rule := rules.get(f"episodes.{field['derived']}")):
            cells |= {"rule": rule["text"], "derived_from": ", ".join(rule["uses"])}
        expected[field["name"]] = [cells[name] for name in columns]
    assert found.astype(object).where(found.notna(), None).T.to_dict("list") == expected
    assert found["rule"].notna().any()
    assert found["derived_from"].str.contains(", ").any()
    one = cd.codebook("episodes", "first_act_date", "0.4")
    assert one.index.tolist() == ["first_act_date"]
    assert one["description"].tolist() == expected["first_act_date"][3:4]


def test_codes_are_those_of_the_list_of_a_variable() -> None:
    codes = cd.load("codes", "1.0")
    tone = codes[codes["code_list"] == "tone"]
    found = cd.codebook("responses", "tone", "1.0")
    assert list(found.columns) == ["label", "value", "definition", "example", "source_id"]
    assert found.index.name == "code"
    assert list(found.index) == tone["code"].tolist()
    assert found["definition"].tolist() == tone["definition"].tolist()


@pytest.mark.parametrize("variable", ["tonne", 3, "*"])
def test_an_unknown_variable_is_refused(variable: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"table 'responses', edition 1\.0"):
        cd.codebook("responses", variable, "1.0")


def measured(table: str, variable: str, number: int, alpha: float, comparison: str) -> dict[str, Any]:
    figures = {"alpha": alpha, "alpha_low": alpha - 0.1, "alpha_high": alpha + 0.1, "flag": f"f{number}"}
    return {"table_name": table, "variable": variable, "coding_round": number, "comparison": comparison, **figures}


def test_agreement_is_that_of_the_last_round_of_first_codings() -> None:
    cells = pa.Table.from_pylist([
        measured("responses", "tone", 2, 0.8, "first_third"),
        measured("responses", "tone", 1, 0.5, "first_second"),
        measured("responses", "tone", 3, 0.2, "second_third"),
        measured("responses", "about", 1, 0.7, "first_second"),
        measured("support", "about", 4, 0.3, "first_second"),
    ])  # fmt: skip
    edition: Any = SimpleNamespace(tables=["agreement"], cells={"agreement": cells}.__getitem__)
    assert agreement_of("responses", edition) == {
        "tone": {"alpha": 0.8, "alpha_low": 0.8 - 0.1, "alpha_high": 0.8 + 0.1, "flag": "f2"},
        "about": {"alpha": 0.7, "alpha_low": 0.7 - 0.1, "alpha_high": 0.7 + 0.1, "flag": "f1"},
    }
    without: Any = SimpleNamespace(tables=["responses"])
    assert agreement_of("responses", without) == {}
