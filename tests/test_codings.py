"""Raw codings become the tables on agreement, each figure of which is worked out here by hand."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casebuild import derived_from
from conftest import CHECKOUT, FILES, faults_of, read_schema, write_cases

import crisisdata as cd
from crisisdata._agreement import Figures
from crisisdata.coding.checks import codings as checks
from crisisdata.coding.codebook_pages import UPPER_BOUND, table_page
from crisisdata.coding.derive.agreement import flag, written
from crisisdata.coding.publish import publish
from crisisdata.coding.reliability_page import figures
from crisisdata.coding.rows import Row
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding

EP = "aaa-2020-01"
CODER = ["coder_id", "coding_pass", "coding_round", "kind", "model_family", "model_version", "settings", "coded_date", "instructions", "instructions_sha256", "shown", "edition"]  # fmt: skip
CODING = ["table_name", "record_id", "variable", "coder_id", "value", "recovered"]


def text(columns: list[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue()


def coder(name: str, of_pass: str, number: int = 1, edition: str = "") -> list[object]:
    unknown = ["unknown"] * 3
    return [
        name,
        of_pass,
        number,
        "language-model",
        *unknown,
        "2026-11",
        "unknown",
        "unknown",
        "Who and when.",
        edition,
    ]


CODERS = [coder("ours", "first"), coder("blind", "second"), coder("again", "third")]


def both(
    table: str, variable: str, pairs: Iterable[tuple[str, str]], names: tuple[str, str] = ("ours", "blind")
) -> list[list[str]]:
    """Return the codings of two coders of numbered records."""
    return [
        [table, f"{EP}/r-{number}", variable, name, value, "yes"]
        for number, pair in enumerate(pairs, 1)
        for name, value in zip(names, pair, strict=True)
    ]


def tables_of(codings: Iterable[list[str]], coders: list[list[object]] = CODERS, **files: str) -> dict[str, list[Row]]:
    own = {f"codings/{name}.csv": content for name, content in files.items()}
    own |= {"codings/coders.csv": text(CODER, coders), "codings/second.csv": text(CODING, codings)}
    return derived_from({**FILES, **own})


def row_of(
    tables: dict[str, list[Row]], table: str, variable: str, comparison: str = "first_second", number: int = 1
) -> Row:
    (row,) = (
        row
        for row in tables["agreement"]
        if (row["table_name"], row["variable"], row["comparison"], row["coding_round"])
        == (table, variable, comparison, number)
    )
    return row


DIRECTIONS = [("against", "against")] * 5 + [("for", "for")] * 5 + [("against", "for"), ("for", "against")]


def test_agreement_on_a_code_by_hand() -> None:
    row = row_of(tables_of(both("support", "direction", DIRECTIONS)), "support", "direction")
    assert row["records"] == 12
    assert row["raw_agreement"] == round(10 / 12, 3)
    assert row["alpha"] == round(1 - (2 / 12) / (2 * 12 * 12 / (24 * 23)), 3)
    assert row["brennan_prediger"] == round((10 / 12 - 1 / 5) / (1 - 1 / 5), 3), "the list has five codes"
    assert (row["kind"], row["measurement_level"], row["threshold"], row["flag"]) == (
        "manifest",
        "nominal",
        0.8,
        "flagged",
    )


def test_every_coded_variable_has_a_row() -> None:
    tables = tables_of(both("support", "direction", DIRECTIONS))
    schema = read_schema()
    wanted = {(name, item) for name, items in schema.agreement["variables"].items() for item in items}
    coded = {
        (table.name, name)
        for table in schema.tables.values()
        if table.group == "coded"
        for name in table.coded_fields
        if name not in table.primary_key
    }
    found = {(row["table_name"], row["variable"]) for row in tables["agreement"] if row["comparison"] == "first_second"}
    assert found == wanted == coded
    assert row_of(tables, "support", "form")["flag"] == "not_measured"
    assert row_of(tables, "support", "summary")["flag"] == "not_comparable"


def test_without_codings_the_tables_are_empty() -> None:
    tables = derived_from(FILES)
    assert not any(tables[name] for name in ("agreement", "unit_agreement", "calibration", "probe_results", "codings"))


def test_records_that_were_not_recovered_are_left_out_and_counted() -> None:
    codings = both("support", "direction", DIRECTIONS)
    codings[-1][4:] = ["", "no"]
    row = row_of(tables_of(codings), "support", "direction")
    assert (row["records"], row["not_recovered"]) == (11, 1)


def test_what_a_coder_was_shown_is_not_measured() -> None:
    sample = text(
        ["table_name", "record_id", "coding_pass", "stratum", "inclusion_probability", "given"],
        [["support", f"{EP}/r-{n}", "second", "all", "0.5", "direction" if n > 10 else ""] for n in range(1, 13)],
    )
    row = row_of(tables_of(both("support", "direction", DIRECTIONS), sample=sample), "support", "direction")
    assert (row["records"], row["raw_agreement"]) == (10, 1)


def test_rare_strata_weigh_less() -> None:
    columns = ["table_name", "record_id", "coding_pass", "stratum", "inclusion_probability", "given"]
    rows = [["support", f"{EP}/r-{n}", "second", "s", "1" if n > 10 else "0.25", ""] for n in range(1, 13)]
    row = row_of(
        tables_of(both("support", "direction", DIRECTIONS), sample=text(columns, rows)), "support", "direction"
    )
    assert row["raw_agreement_weighted"] == round(40 / 42, 3)


ITEMS = [
    # ours: words and a delegation; theirs: mediation, words and a call
    *[["response_items", f"{EP}/r/{key}", name, "ours", value, "yes"] for key, item in (("words", "words"), ("x", "delegation")) for name, value in (("item", item), ("stage", "done"))],
    *[["response_items", f"{EP}/r/{key}", name, "blind", value, "yes"] for key, item in (("1", "mediation"), ("2", "words"), ("3", "call")) for name, value in (("item", item), ("stage", "promised" if item == "words" else "done"))],
    *[["responses", f"{EP}/r", "channel", name, "statement", "yes"] for name in ("ours", "blind")],
]  # fmt: skip


def test_items_are_matched_and_what_one_coder_lacks_is_disagreement() -> None:
    tables = tables_of(ITEMS)
    item, stage = (row_of(tables, "response_items", name) for name in ("item", "stage"))
    assert (item["records"], item["raw_agreement"]) == (3, round(1 / 3, 3)), (
        "words; delegation or mediation; call alone"
    )
    assert (stage["records"], stage["raw_agreement"]) == (2, 0.5), "what one coder lacks has no stage to compare"
    matched = {row["record_id"]: row["matched_id"] for row in tables["codings"] if row["coder_id"] == "blind"}
    assert matched[f"{EP}/r/1"] == f"{EP}/r/x"
    assert matched[f"{EP}/r/2"] == f"{EP}/r/words"
    assert matched[f"{EP}/r/3"] is None


def test_events_are_matched_by_action_and_nearest_day() -> None:
    def event(key: str, name: str, day: str) -> list[list[str]]:
        return [
            ["sanction_events", f"{EP}/s/{key}", n, name, v, "yes"]
            for n, v in (("action", "extended"), ("event_date", day))
        ]

    codings = [*event("a", "ours", "2020-01-10"), *event("b", "ours", "2020-06-10"), *event("1", "blind", "2020-06-09")]
    codings += [["sanctions", f"{EP}/s", "measure", name, "aid", "yes"] for name in ("ours", "blind")]
    tables = tables_of(codings)
    (match,) = {
        row["matched_id"]
        for row in tables["codings"]
        if row["coder_id"] == "blind" and row["table_name"] == "sanction_events"
    }
    assert match == f"{EP}/s/b"
    assert row_of(tables, "sanction_events", "event_date")["raw_agreement"] == 0
    assert row_of(tables, "sanction_events", "action")["records"] == 2


def test_passes_and_rounds_are_compared_apart() -> None:
    coders = [*CODERS, coder("ours-2", "first", 2), coder("blind-2", "second", 2)]
    codings = both("support", "direction", DIRECTIONS)
    codings += [["support", f"{EP}/r-{n}", "direction", "again", "for", "yes"] for n in range(1, 13)]
    codings += both("support", "direction", [("for", "for"), ("against", "against")] * 6, ("ours-2", "blind-2"))
    tables = tables_of(codings, coders)
    assert row_of(tables, "support", "direction")["raw_agreement"] == 0.833
    assert row_of(tables, "support", "direction", "second_third")["raw_agreement"] == 0.5
    assert row_of(tables, "support", "direction", number=2)["alpha"] == 1


def test_adjudication_says_which_value_holds() -> None:
    record = f"{EP}/r-11"
    adjudications = text(
        ["table_name", "record_id", "variable", "value", "ground"],
        [["support", record, "direction", "for", "It says so."]],
    )
    tables = tables_of(both("support", "direction", DIRECTIONS), adjudications=adjudications)
    holds = {(row["record_id"][-2:], row["coder_id"]): row["is_adjudicated"] for row in tables["codings"]}
    assert holds["11", "ours"] == "no"
    assert holds["11", "blind"] == "yes"
    assert holds["-1", "ours"] == holds["-1", "blind"] == "yes", "two coders agree"
    assert holds["12", "ours"] is holds["12", "blind"] is None, "nobody has settled it"


def test_units_are_counted_by_window_and_table() -> None:
    columns = [
        "unit_id",
        "iso3",
        "window_date",
        "coding_round",
        "table_name",
        "found_by",
        "record_id",
        "is_unit",
        "description",
    ]
    found = ["both"] * 6 + ["first"] * 2 + ["second"] * 3
    rows = [
        [f"u-{n}", "AAA", "2020-01-02/2020-01-11", "2", "responses", by, "x", "no" if n == 10 else "", "x"]
        for n, by in enumerate(found)
    ]
    tables = tables_of([], units=text(columns, rows))
    windows = {r["window"] for r in tables["unit_agreement"]}
    assert windows == {"AAA 2020-01-02/2020-01-11", "round 2", "all"}
    row = next(r for r in tables["unit_agreement"] if r["window"].startswith("AAA") and r["table_name"] == "responses")
    assert (row["found_by_both"], row["first_only"], row["second_only"], row["not_units"]) == (6, 2, 2, 1)
    assert (row["precision_share"], row["recall_share"], row["f1"]) == (0.75, 0.75, 0.75)
    assert (row["precision_share_low"], row["precision_share_high"]) == (0.409, 0.929), "Wilson's interval of 6 of 8"
    assert {(r["window"], r["table_name"]) for r in tables["unit_agreement"]} >= {("all", "all"), ("all", "responses")}


def test_probes_count_flips_and_the_gap_between_states_and_others() -> None:
    actors = FILES["actors.csv"] + "land,Land,state,,,external\n"
    case = FILES["episodes/aaa-2020-01.yaml"].replace(
        "id: bloc-suspends\n    actor_ids: [bloc]", "id: bloc-suspends\n    actor_ids: [land]"
    )
    rows = [
        ["responses", f"{EP}/bloc-suspends", "tone", "swapped_actor", "condemns", "regrets"],
        ["responses", f"{EP}/bloc-suspends", "channel", "swapped_actor", "statement", "statement"],
        ["responses", f"{EP}/bloc-condemns", "tone", "swapped_actor", "condemns", "condemns"],
    ]
    probes = text(["table_name", "record_id", "variable", "probe", "value_before", "value_after"], rows)
    own = {"codings/coders.csv": text(CODER, CODERS[:1]), "codings/probes.csv": probes}
    tables = derived_from({**FILES, "actors.csv": actors, "episodes/aaa-2020-01.yaml": case, **own})
    found = {
        row["actor_group"]: (row["records"], row["asked"], row["flips"], row["flip_share"])
        for row in tables["probe_results"]
    }
    assert found == {
        "all": (2, 3, 1, 0.333),
        "states": (1, 2, 1, 0.5),
        "others": (1, 1, 0, 0.0),
        "gap": (2, 3, None, 0.5),
    }


ENTRY = {"kind": "latent", "level": "nominal"}
FLAGS = [
    (Figures(records=20, alpha=0.80, raw=0.9), ENTRY, "good"),
    (Figures(records=20, alpha=0.799, raw=0.9), ENTRY, "tentative"),
    (Figures(records=20, alpha=0.667, raw=0.9), ENTRY, "tentative"),
    (Figures(records=20, alpha=0.666, raw=0.9), ENTRY, "flagged"),
    (Figures(records=20, alpha=0.799, raw=0.9), {**ENTRY, "kind": "manifest"}, "flagged"),
    (Figures(records=20, alpha=0.99, raw=0.5), {"kind": "manifest", "level": "interval"}, "flagged"),
    (Figures(records=20, alpha=0.99, raw=0.5), ENTRY, "good"),
    (Figures(records=9, alpha=0.99, raw=0.99), ENTRY, "few"),
    (Figures(records=20, alpha=None, raw=1), ENTRY, "no_variation"),
    (Figures(left_out=20), ENTRY, "not_measured"),
    (Figures(), {"kind": "prose"}, "not_comparable"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "entry", "wanted"), FLAGS)
def test_a_flag_says_whether_the_threshold_is_reached(found: Figures, entry: dict[str, str], wanted: str) -> None:
    assert flag(found, entry, read_schema().agreement) == wanted


def test_thresholds_are_those_that_were_set() -> None:
    agreement = read_schema().agreement
    assert agreement["thresholds"] == {"manifest": 0.8, "latent": 0.667}
    assert agreement["good"] == 0.8


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[cd.Edition, Schema]:
    """An edition whose first coding is that of edition 1.0, and whose second differs from it in two tones."""
    (tmp_path / "instructions").mkdir()
    (tmp_path / "instructions" / "blind.md").write_text("Code what the text says.\n", encoding="utf-8")
    monkeypatch.setattr(checks, "instructions_folder", lambda: tmp_path / "instructions")
    rows = cd.load("responses", "1.0").dropna(subset=["tone"]).head(12)
    codings = [
        ["responses", key, "tone", "blind", tone, "yes"]
        for key, tone in zip(rows["response_id"], rows["tone"], strict=True)
    ]
    for row in codings[:2]:
        row[4] = "backs" if row[4] != "backs" else "condemns"
    sha = hashlib.sha256((tmp_path / "instructions" / "blind.md").read_bytes()).hexdigest()
    blind = coder("blind", "second")
    blind[8:10] = ["blind.md", sha]
    share = 12 / len(cd.load("responses", "1.0"))
    sample = [["responses", key, "second", "all", f"{share:.6f}", ""] for key in rows["response_id"]]
    adjudications = [["responses", codings[0][1], "tone", rows["tone"].iloc[0], "It says so."], ["responses", codings[1][1], "tone", codings[1][4], "It says so."]]  # fmt: skip
    files = {
        "codings/coders.csv": text(CODER, [coder("ours", "first", edition="1.0"), blind]),
        "codings/blind.csv": text(CODING, codings),
        "codings/sample.csv": text(
            ["table_name", "record_id", "coding_pass", "stratum", "inclusion_probability", "given"], sample
        ),
        "codings/adjudications.csv": text(["table_name", "record_id", "variable", "value", "ground"], adjudications),
    }
    folder = write_cases(tmp_path / "cases", {**FILES, **files})
    schema = replace(read_schema(), package={**read_schema().package, "version": "1.1"})
    assert faults_of(folder, schema) == []
    return publish(read_coding(folder, schema), tmp_path / "edition"), schema


def test_the_first_coding_is_that_of_the_edition_it_names(edition: tuple[cd.Edition, Schema]) -> None:
    codings = cd.load("codings", edition[0])
    ours = codings[(codings["coder_id"] == "ours") & (codings["variable"] == "tone")].set_index("record_id")["value"]
    published = cd.load("responses", "1.0").set_index("response_id")["tone"].astype(str)
    assert len(ours) == 12
    assert ours.to_dict() == published[ours.index].to_dict()


def test_a_second_round_compares_what_the_case_files_say_now() -> None:
    schema = read_schema()
    coders = [coder("ours-2", "first", 2, edition=schema.version), coder("blind-2", "second", 2)]
    record = f"{EP}/union-opposes"
    columns = ["table_name", "record_id", "coding_pass", "stratum", "inclusion_probability", "given"]
    sample = text(columns, [["support", record, "second", "all", "1", ""]])
    tables = tables_of([["support", record, "direction", "blind-2", "for", "yes"]], coders, sample=sample)
    ours = [row for row in tables["codings"] if row["coder_id"] == "ours-2"]
    assert [(row["variable"], row["value"]) for row in ours] == [("direction", "against")], (
        "what nobody asked is left out"
    )
    assert row_of(tables, "support", "direction", number=2)["raw_agreement"] == 0
    assert tables["calibration"] == []


def test_calibration_is_the_share_that_holds_by_confidence(edition: tuple[cd.Edition, Schema]) -> None:
    found = cd.load("calibration", edition[0])
    for version in ("1.0", "1.1"):
        rows = found[found["rule_edition"] == version]
        assert rows["audited"].sum() == 12
        assert rows["held"].sum() == 11, "of two disagreements one was settled for us"


def test_the_codebook_shows_agreement_beside_each_variable(edition: tuple[cd.Edition, Schema]) -> None:
    book = cd.codebook("responses", version=edition[0])
    assert book.loc["tone", "flag"] in ("good", "tentative", "flagged")
    assert book.loc["tone", "alpha_low"] <= book.loc["tone", "alpha"] <= book.loc["tone", "alpha_high"]
    assert book.loc["channel", "flag"] == "not_measured"
    assert "flag" not in cd.codebook("responses", version="1.0")
    page = table_page(edition[1].tables["responses"], edition[1], edition[0])
    assert UPPER_BOUND in page
    assert f"{book.loc['tone', 'alpha']:.2f} [" in page
    assert edition[0].descriptor["agreement"]["thresholds"] == {"manifest": 0.8, "latent": 0.667}


def test_the_descriptor_answers_the_checklist_for_annotation(edition: tuple[cd.Edition, Schema]) -> None:
    answers = edition[0].descriptor["annotation"]
    assert {"models", "settings", "instructions", "dates", "human_role"} <= answers.keys()
    assert "unknown" in answers["models"] + answers["settings"]
    assert answers["human_role"].startswith("None")


def test_the_page_on_reliability_shows_the_figures_of_the_edition(edition: tuple[cd.Edition, Schema]) -> None:
    parts = figures(*edition)
    marks = (CHECKOUT / "docs" / "reliability.md").read_text("utf-8")
    assert all(f"<!-- generated: {name} -->" in marks for name in parts)
    assert "`responses.tone`" in parts["agreement"]
    assert "→ backs" in parts["confusions"]
    assert "blind.md" in parts["coders"]
    assert "likely to overstate agreement" in marks


DATES = ["2020-01-02", "2020-01", "2020", "2020-01-02/2020-01-05", "2020-01~", "2020-01-02~"]


@pytest.mark.parametrize("said", DATES)
def test_a_published_date_is_written_as_it_was(said: str) -> None:
    from crisisdata.coding.dates import parse_date

    cells: dict[str, Any] = dict(
        zip(("event_date", "event_date_latest", "event_date_precision"), parse_date(said), strict=True)
    )
    assert written(cells, read_schema().tables["responses"].fields["event_date"]) == said
