"""The tables on `docs/reliability.md`, from an edition."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from crisisdata._agreement import same
from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata.coding.codebook_pages import markdown_table
from crisisdata.coding.derive.agreement import Codings, value_of
from crisisdata.coding.schema import Schema

_NONE = "This edition has none yet."
_TRUST = ("coders", "coding_sample", "codings")
_WITH_FIRST = ("first_second", "first_third")
_MEASURED = ("good", "tentative", "flagged", "no_variation", "few")


def figures(edition: Edition, schema: Schema) -> dict[str, str]:
    """Return each generated part of the page by its name."""
    return {
        "coders": _coders(edition),
        "recovered": _recovered(edition),
        "agreement": _agreement(edition),
        "other comparisons": _others(edition),
        "units": _units(edition),
        "probes": _probes(edition),
        "calibration": _calibration(edition),
        "confusions": _confusions(edition, schema),
    }


def _frame(name: str, edition: Edition) -> pd.DataFrame:
    return load(name, edition) if name in edition.tables else pd.DataFrame()  # type: ignore[call-overload]


def _table(frame: pd.DataFrame) -> str:
    return _NONE if frame.empty else markdown_table(frame.astype(object).where(frame.notna(), None))


def _interval(frame: pd.DataFrame, name: str) -> pd.Series:
    def cell(row: pd.Series) -> str:
        if pd.isna(row[name]):
            return ""
        if pd.isna(row[f"{name}_low"]):
            return f"{row[name]:.2f}"
        return f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"

    return frame.apply(cell, axis=1) if len(frame) else pd.Series(dtype=object)


def _coders(edition: Edition) -> str:
    frame = _frame("coders", edition)
    return _table(
        frame[
            [
                "coder_id",
                "coding_pass",
                "coding_round",
                "kind",
                "model_family",
                "model_version",
                "settings",
                "instructions",
            ]
        ]
        if len(frame)
        else frame
    )


def _recovered(edition: Edition) -> str:
    codings, coders = _frame("codings", edition), _frame("coders", edition)
    if codings.empty:
        return _NONE
    passes = codings["coder_id"].map(dict(zip(coders["coder_id"], coders["coding_pass"].astype(str), strict=True)))
    drawn = codings.assign(coding=passes)[~codings["table_name"].isin(["response_items", "sanction_events"])]
    drawn = drawn[drawn["coding"] != "first"].drop_duplicates(["coding", "table_name", "record_id"])
    counts = drawn.groupby(["coding", "table_name", "recovered"], observed=True).size().unstack(fill_value=0)
    return _table(counts.reset_index())


def _agreement(edition: Edition) -> str:
    frame = _frame("agreement", edition)
    if len(frame):
        frame = frame[frame["comparison"].isin(_WITH_FIRST) & frame["flag"].isin(_MEASURED)]
    return _NONE if frame.empty else _table(_shown(frame))


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "variable": "`" + frame["table_name"] + "." + frame["variable"] + "`",
            "round": frame["coding_round"],
            "kind": frame["kind"],
            "level": frame["measurement_level"],
            "records": frame["records"],
            "alpha": _interval(frame, "alpha"),
            "raw agreement": frame["raw_agreement"].map("{:.2f}".format, na_action="ignore"),
            "Brennan–Prediger": frame["brennan_prediger"].map("{:.2f}".format, na_action="ignore"),
            "threshold": frame["threshold"],
            "flag": frame["flag"]
            .astype(str)
            .map(lambda flag: f"**{flag}**" if flag == "flagged" else flag.replace("_", " ")),
        }
    )


def _others(edition: Edition) -> str:
    frame = _frame("agreement", edition)
    if len(frame):
        frame = frame[~frame["comparison"].isin(_WITH_FIRST) & (frame["records"] > 0)]
    if frame.empty:
        return _NONE
    shown = _shown(frame).drop(columns=["threshold", "flag"])
    shown.insert(0, "comparison", frame["comparison"].astype(str).str.replace("_", "–"))
    return _table(shown)


def _units(edition: Edition) -> str:
    frame = _frame("unit_agreement", edition)
    if frame.empty:
        return _NONE
    return _table(
        pd.DataFrame(
            {
                "window": frame["window"],
                "table": frame["table_name"],
                "both": frame["found_by_both"],
                "dataset alone": frame["first_only"],
                "second coder alone": frame["second_only"],
                "no units": frame["not_units"],
                "precision": _interval(frame, "precision_share"),
                "recall": _interval(frame, "recall_share"),
                "F1": frame["f1"].map("{:.2f}".format, na_action="ignore"),
            }
        )
    )


def _probes(edition: Edition) -> str:
    frame = _frame("probe_results", edition)
    if frame.empty:
        return _NONE
    columns = frame[["probe", "actor_group", "records", "asked", "flips"]]
    return _table(columns.assign(share=_interval(frame, "flip_share")))


def _calibration(edition: Edition) -> str:
    frame = _frame("calibration", edition)
    if frame.empty:
        return _NONE
    return _table(frame[["rule_edition", "confidence", "audited", "held"]].assign(share=_interval(frame, "held_share")))


def _confusions(edition: Edition, schema: Schema) -> str:
    """Return what the first and the second coder wrote where they differ, for each variable with codes."""
    if not set(_TRUST) <= set(edition.tables):
        return _NONE
    codings = Codings(schema, {name: edition.cells(name).to_pylist() for name in _TRUST})
    lines = []
    for comparison, number, one, other in codings.comparisons():
        if comparison != "first_second":
            continue
        for table, variables in schema.agreement["variables"].items():
            for variable in variables:
                measure = codings.measure(table, variable)
                asked = one.asked(table) & other.asked(table)
                if measure is None or measure.level not in ("nominal", "ordinal") or measure.answers is None:
                    continue
                pairs = codings.pairs(table, variable, one, other) if variable in asked else []
                told = Counter(
                    (a or measure.empty or "none", b or measure.empty or "none")
                    for _, a, b in pairs
                    if same(value_of(a, measure), value_of(b, measure)) is False
                    and not (measure.required and (a is None or b is None))
                )
                if told:
                    cells = ", ".join(
                        f"{a} → {b} {count}" for (a, b), count in sorted(told.items(), key=lambda x: (-x[1], x[0]))
                    )
                    lines.append(f"- `{table}.{variable}`{f', round {number}' if number > 1 else ''}: {cells}")
    return "\n".join(lines) or _NONE
