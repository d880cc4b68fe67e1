"""The codings of a second time, and what they say of how far coders agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crisisdata._agreement import ABSENT, Child, Figures, Measure, Value, agreement, comparable, match, same, wilson
from crisisdata._editions import Edition
from crisisdata.coding import dates
from crisisdata.coding.derive import evidence
from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Coding, Row, split
from crisisdata.coding.schema import Field, Schema, Table

READ = ("yes", "partly")
"""Records whose sources came back, in whole or in part: only these are compared."""
COMPUTED = {
    "agreement": (
        "table_name",
        "variable",
        "comparison",
        "coding_round",
        "kind",
        "measurement_level",
        "records",
        "alpha",
        "alpha_low",
        "alpha_high",
        "raw_agreement",
        "raw_agreement_weighted",
        "brennan_prediger",
        "threshold",
        "flag",
        "one_sided",
        "left_out",
        "not_recovered",
    ),
    "unit_agreement": (
        "window",
        "table_name",
        "found_by_both",
        "first_only",
        "second_only",
        "not_units",
        "precision_share",
        "precision_share_low",
        "precision_share_high",
        "recall_share",
        "recall_share_low",
        "recall_share_high",
        "f1",
    ),
    "calibration": (
        "rule_edition",
        "confidence",
        "audited",
        "held",
        "held_share",
        "held_share_low",
        "held_share_high",
    ),
    "probe_results": (
        "probe",
        "actor_group",
        "records",
        "asked",
        "flips",
        "flip_share",
        "flip_share_low",
        "flip_share_high",
    ),
}
"""The tables that are computed as a whole, with their columns."""

_FIRST_COMPARISON, _INSTEAD = "first_second", "first_third"
"""The comparison that a flag rests on, and the one for variables that the second coder was not asked for."""
_ALL = "all"
_STATE = "state"
_SCALES = ("ordinal", "interval", "ratio")
Key = tuple[str, str]
"""A table and a key in it."""


def measure_of(item: Field, entry: Mapping[str, str], schema: Schema, *, may_be_absent: bool = False) -> Measure:
    """Return how a variable is compared, as `schemas/agreement.yaml` says."""
    code_list = schema.codes[item.codes] if item.codes else None
    answers = len(code_list.codes) if code_list and not item.separator else None
    if answers and (may_be_absent or not (item.required or "empty" in entry)):
        answers += 1
    ordinal = code_list is not None and entry["level"] == "ordinal"
    scale = {code: float(code_list.score(code)) for code in code_list.codes} if ordinal and code_list else None
    return Measure(entry["level"], item.required, scale, answers, entry.get("empty"))


def value_of(text: str | None, measure: Measure) -> Value:
    """Return a value as it is compared."""
    days = dates.parse_date(text)[:2] if text and measure.level == "interval" else None
    return comparable(text, measure, days)


def matched_by(table: Table, schema: Schema) -> tuple[str, str | None] | None:
    """Return the code and the date by which the rows of two coders within one parent are matched.

    Items and events have no key that two coders could share: the first nominal variable that each row has says what
    it is. None for a table whose rows stand alone, or that has no such variable.
    """
    if not table.raw or table.raw.get("parent") in (None, "episodes"):
        return None
    entries = schema.agreement["variables"][table.name]
    what = [n for n, e in entries.items() if e.get("level") == "nominal" and table.fields[n].required]
    when = [n for n, e in entries.items() if e.get("level") == "interval"]
    return (what[0], when[0] if when else None) if what else None


def parent_of(table: str, record_id: str, schema: Schema) -> Key:
    """Return the record that was drawn: the response of an item, the sanction of an event, else the record itself."""
    raw = schema.tables[table].raw or {}
    if raw.get("parent") in (None, "episodes"):
        return table, record_id
    return str(raw["parent"]), record_id.rpartition("/")[0]


@dataclass
class Pass:
    """What the coders of one pass wrote, by table, record and variable."""

    name: str
    values: dict[str, dict[str, dict[str, str | None]]] = field(default_factory=dict)
    recovered: dict[Key, str] = field(default_factory=dict)
    """Whether the sources of a record came back, by the record that was drawn."""

    def asked(self, table: str) -> set[str]:
        """Return the variables of a table that the coders were asked for."""
        return {name for record in self.values.get(table, {}).values() for name in record}

    @cached_property
    def children(self) -> dict[Key, list[str]]:
        """The items or events of each record that was drawn, by their table and its key."""
        found: dict[Key, list[str]] = defaultdict(list)
        for table, records in self.values.items():
            for record_id in records:
                found[table, record_id.rpartition("/")[0]].append(record_id)
        return found


class Codings:
    """The codings of an edition, and their comparison."""

    def __init__(self, schema: Schema, rows: Mapping[str, Iterable[Row]]) -> None:
        self.schema = schema
        self.coders = {row["coder_id"]: row for row in rows["coders"]}
        self.sample = {(row["table_name"], row["record_id"], row["coding_pass"]): row for row in rows["coding_sample"]}
        self.passes: dict[tuple[str, int], Pass] = {}
        for row in rows["codings"]:
            coder = self.coders[row["coder_id"]]
            found = self.passes.setdefault((coder["coding_pass"], coder["coding_round"]), Pass(coder["coding_pass"]))
            table, record_id = row["table_name"], row["record_id"]
            found.recovered[parent_of(table, record_id, schema)] = row["recovered"]
            found.values.setdefault(table, {}).setdefault(record_id, {})[row["variable"]] = row["value"]

    def measure(self, table: str, variable: str) -> Measure | None:
        """Return how a variable is compared, or None for one that is not."""
        entry = self.schema.agreement["variables"].get(table, {}).get(variable, {})
        item = self.schema.tables[table].fields.get(variable) if table in self.schema.tables else None
        if item is None or "level" not in entry:
            return None
        way = matched_by(self.schema.tables[table], self.schema)
        return measure_of(item, entry, self.schema, may_be_absent=way is not None and variable == way[0])

    def both_read(self, table: str, one: Pass, other: Pass) -> Iterator[str]:
        """Yield the records of a table that both passes have from sources that came back."""
        for name, record_id in one.recovered:
            key = name, record_id
            if name == table and one.recovered[key] in READ and other.recovered.get(key) in READ:
                yield record_id

    def matches(self, table: str, one: Pass, other: Pass) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield the items or events of each record that both passes read, matched; either may be lacking."""
        way = matched_by(self.schema.tables[table], self.schema)
        if way is None:
            return
        raw = self.schema.tables[table].raw or {}
        for record_id in self.both_read(str(raw["parent"]), one, other):
            ours, theirs = (
                [_child(each, p.values[table][each], way) for each in p.children.get((table, record_id), [])]
                for p in (one, other)
            )
            # Keys of two passes may be the same by chance; what is matched is told apart by the side.
            pairs = match([(f"a{k}", w, d) for k, w, d in ours], [(f"b{k}", w, d) for k, w, d in theirs])
            yield from ((record_id, a and a[1:], b and b[1:]) for a, b in pairs)

    def pairs(self, table: str, variable: str, one: Pass, other: Pass) -> list[tuple[str, str | None, str | None]]:
        """Return the two texts of a variable for each record that both passes coded, without being shown it."""
        own_table = self.schema.tables[table]
        if (own_table.raw or {}).get("parent") in (None, "episodes"):
            found = []
            for record_id in self.both_read(table, one, other):
                cells = one.values[table].get(record_id, {}), other.values[table].get(record_id, {})
                if all(variable in each for each in cells) and not self._given(table, record_id, variable, other):
                    found.append((record_id, cells[0][variable], cells[1][variable]))
            return found
        way = matched_by(own_table, self.schema)
        found = []
        for record_id, a, b in self.matches(table, one, other):
            values = [p.values[table][each].get(variable) if each else ABSENT for p, each in ((one, a), (other, b))]
            if (way and variable == way[0]) or (a and b):
                found.append((record_id, values[0], values[1]))
        return found

    def _given(self, table: str, record_id: str, variable: str, other: Pass) -> bool:
        drawn = self.sample.get((table, record_id, other.name))
        return drawn is not None and variable in split(drawn["given"], ";")

    def figures(self, table: str, variable: str, one: Pass, other: Pass) -> Figures:
        """Return how far two passes agree on a variable."""
        measure = self.measure(table, variable)
        assert measure is not None
        pairs = self.pairs(table, variable, one, other)
        parent = parent_of(table, "", self.schema)[0]
        drawn = [self.sample.get((parent, record_id, other.name)) for record_id, *_ in pairs]
        return agreement(
            [(value_of(a, measure), value_of(b, measure)) for _, a, b in pairs],
            measure,
            weights=[1 / row["inclusion_probability"] if row else 1.0 for row in drawn],
            **self.schema.agreement["bootstrap"],
        )

    def not_recovered(self, table: str, other: Pass) -> int:
        """Return how many records of a table the coders of a pass did not get to read."""
        parent = parent_of(table, "", self.schema)[0]
        wanted = {key for name, key, of_pass in self.sample if (name, of_pass) == (parent, other.name)}
        wanted |= {key for name, key in other.recovered if name == parent}
        return sum(other.recovered.get((parent, key)) not in READ for key in wanted)

    def comparisons(self) -> Iterator[tuple[str, int, Pass, Pass]]:
        """Yield each comparison for which there are codings, with its round."""
        for code in self.schema.codes["comparison"].codes.values():
            for number in sorted({number for _, number in self.passes}):
                one, other = (
                    self.passes.get((str(code.attributes[side]), number)) for side in ("one_pass", "other_pass")
                )
                if one and other:
                    yield code.code, number, one, other

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the table `agreement`."""
        measured: set[Key] = set()
        for comparison, number, one, other in self.comparisons():
            for table, variables in self.schema.agreement["variables"].items():
                asked = one.asked(table) & other.asked(table)
                for variable in variables:
                    if comparison == _INSTEAD and (table, variable) in measured:
                        continue
                    if variable in asked and self.measure(table, variable):
                        figures = self.figures(table, variable, one, other)
                        lacking = self.not_recovered(table, other)
                        yield self._row(table, variable, comparison, number, figures, lacking)
                        if comparison in (_FIRST_COMPARISON, _INSTEAD) and number == 1:
                            measured.add((table, variable))
        for table, variables in self.schema.agreement["variables"].items() if self.passes else ():
            for variable in variables:
                if (table, variable) not in measured:
                    yield self._row(table, variable, _FIRST_COMPARISON, 1, Figures(), 0)

    def _row(self, table: str, variable: str, comparison: str, number: int, figures: Figures, lacking: int) -> Row:
        entry = self.schema.agreement["variables"][table][variable]
        return {
            "table_name": table,
            "variable": variable,
            "comparison": comparison,
            "coding_round": number,
            "kind": entry["kind"],
            "measurement_level": entry.get("level"),
            "records": figures.records,
            "alpha": _rounded(figures.alpha),
            "alpha_low": _rounded(figures.alpha_low),
            "alpha_high": _rounded(figures.alpha_high),
            "raw_agreement": _rounded(figures.raw),
            "raw_agreement_weighted": _rounded(figures.raw_weighted),
            "brennan_prediger": _rounded(figures.brennan_prediger),
            "threshold": self.schema.agreement["thresholds"].get(entry["kind"]),
            "flag": flag(figures, entry, self.schema.agreement),
            "one_sided": figures.one_sided,
            "left_out": figures.left_out,
            "not_recovered": lacking,
        }


def _child(record_id: str, cells: Mapping[str, str | None], way: tuple[str, str | None]) -> Child:
    what, when = way
    text = cells.get(when) if when else None
    return record_id, cells.get(what) or "", float(dates.parse_date(text).earliest.toordinal()) if text else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def flag(figures: Figures, entry: Mapping[str, str], thresholds: Mapping[str, Any]) -> str:
    """Return what the figures say of a variable, by thresholds that were set before there were any."""
    if "level" not in entry:
        return "not_comparable"
    if figures.records + figures.one_sided == 0:
        return "not_measured"
    if figures.records < thresholds["minimum_records"]:
        return "few"
    if figures.alpha is None or figures.raw is None:
        return "no_variation"
    score = min(figures.alpha, figures.raw) if entry["level"] in _SCALES else figures.alpha
    if score >= thresholds["good"]:
        return "good"
    return "tentative" if score >= thresholds["thresholds"][entry["kind"]] else "flagged"


# The first coding


def add_first_codings(lookup: Lookup) -> None:
    """Add what the dataset held when it was coded again, as the edition has it that the first coder names.

    A first coding of the edition that is being built is what the case files say now: after a definition was mended.
    """
    firsts = {row["coder_id"]: row for row in lookup.rows["coders"] if row["edition"]}
    rounds = {row["coder_id"]: row["coding_round"] for row in lookup.rows["coders"]}
    kept = [row for row in lookup.rows["codings"] if row["coder_id"] not in firsts]
    drawn = {(row["table_name"], row["record_id"]) for row in lookup.rows["coding_sample"]}
    found = []
    for coder in firsts.values():
        asked = {
            (row["table_name"], row["variable"]) for row in kept if rounds[row["coder_id"]] == coder["coding_round"]
        }
        cells = cells_of(coder["edition"], lookup.schema, lookup.rows)
        found += [
            row
            for row in first_codings(lookup.schema, cells, drawn, coder["coder_id"])
            if (row["table_name"], row["variable"]) in asked
        ]
    lookup.rows["codings"] = [*kept, *found]


def cells_of(version: str, schema: Schema, rows: Mapping[str, list[Row]]) -> Callable[[str], list[Row]]:
    """Return how to get the rows of a table: from a published edition, or from the case files of this one."""
    if version == schema.version:
        return lambda name: rows[name]
    edition = Edition.find(version)
    return lambda name: edition.cells(name).to_pylist() if name in edition.tables else []


def first_codings(
    schema: Schema, cells_of_table: Callable[[str], list[Row]], drawn: set[Key], coder_id: str
) -> Iterator[Row]:
    """Yield the values of an edition for the records that were drawn, with their items or events."""
    for name, variables in schema.agreement["variables"].items():
        table = schema.tables[name]
        for cells in cells_of_table(name):
            if parent_of(name, cells[table.key], schema) not in drawn:
                continue
            for variable, entry in variables.items():
                if "level" in entry and variable in cells:
                    yield {
                        "table_name": name,
                        "record_id": cells[table.key],
                        "variable": variable,
                        "coder_id": coder_id,
                        "value": written(cells, table.fields[variable]),
                        "recovered": "yes",
                    }


def written(cells: Row, item: Field) -> str | None:
    """Return a published value as a case file writes it."""
    value = cells[item.name]
    if value is None:
        return None
    if item.type == "number":
        return f"{value:.15g}"
    if not item.edtf:
        return str(value)
    first, last = str(value), str(cells[f"{item.name}_latest"])
    precision = cells[f"{item.name}_precision"]
    short = next(
        (first[:n] for n in (10, 7, 4) if dates.parse_date(first[:n])[:2] == (value, cells[f"{item.name}_latest"])),
        None,
    )
    if precision == "interval" or short is None:
        return f"{first}/{last}"
    return f"{short}~" if precision == "approximate" else short


@rule("codings", uses=["codings", "coders"], computes=["matched_id"])
def coding_matches(row: Row, lookup: Lookup) -> Row:
    """The record of the first coding of the same round with which a coding is compared.

    Rows that stand alone are compared with the record of their key. Items of a response and events of a sanction have
    no key that two coders share: those that are the same item or action are matched, the nearest date first; then
    those left over, the nearest date first. What is left then has no match, and counts as disagreement.
    """
    found = lookup.once("matches of codings", _matches)
    coder = lookup.once("coders by key", _coders)[row["coder_id"]]
    return {"matched_id": found.get((coder["coding_pass"], coder["coding_round"], row["table_name"], row["record_id"]))}


def codings_of(lookup: Lookup) -> Codings:
    """Return the codings around a lookup, read once."""
    return lookup.once("codings", lambda here: Codings(here.schema, here.rows))


def _coders(lookup: Lookup) -> dict[str, Row]:
    return {row["coder_id"]: row for row in lookup.rows["coders"]}


def _matches(lookup: Lookup) -> dict[tuple[str, int, str, str], str]:
    codings = codings_of(lookup)
    found = {}
    for (name, number), own in codings.passes.items():
        first = codings.passes.get(("first", number))
        for table, records in own.values.items():
            alone = (lookup.schema.tables[table].raw or {}).get("parent") in (None, "episodes")
            if first is None or first is own or alone:
                there = first.values.get(table, {}) if first else {}
                found.update({(name, number, table, key): key for key in records if key in there})
            else:
                pairs = codings.matches(table, first, own)
                found.update({(name, number, table, b): a for _, a, b in pairs if a and b})
    return found


@rule("codings", uses=["codings", "adjudications"], computes=["is_adjudicated"])
def adjudicated_values(row: Row, lookup: Lookup) -> Row:
    """Whether the value is the one that holds.

    Where a disagreement was adjudicated: whether it says what the adjudication says. Else, where the first and the
    second coding of the round agree: whether it says what they say. Missing where neither is known.
    """
    measure = codings_of(lookup).measure(row["table_name"], row["variable"])
    holds = lookup.once("values that hold", _holding)
    number = lookup.once("coders by key", _coders)[row["coder_id"]]["coding_round"]
    places = [(number, row["table_name"], key, row["variable"]) for key in (row["record_id"], row["matched_id"]) if key]
    place = next((each for each in places if each in holds), None)
    if measure is None or place is None or row["recovered"] not in READ:
        return {"is_adjudicated": None}
    agrees = same(value_of(row["value"], measure), holds[place])
    return {"is_adjudicated": None if agrees is None else "yes" if agrees else "no"}


def _holding(lookup: Lookup) -> dict[tuple[int, str, str, str], Value]:
    """Return the value that holds for each variable of each record of which that is known."""
    codings = codings_of(lookup)
    found: dict[tuple[int, str, str, str], Value] = {}
    rounds = sorted({number for _, number in codings.passes})
    for number in rounds:
        one, other = (codings.passes.get((name, number)) for name in ("first", "second"))
        if one is None or other is None:
            continue
        for table, variables in lookup.schema.agreement["variables"].items():
            for variable in variables:
                measure = codings.measure(table, variable)
                if measure is None or variable not in one.asked(table) & other.asked(table):
                    continue
                for key, a, b in _texts_by_record(codings, table, variable, one, other):
                    if same(value_of(a, measure), value := value_of(b, measure)):
                        found[number, table, key, variable] = value
    for row in lookup.rows["adjudications"]:
        measure = codings.measure(row["table_name"], row["variable"])
        if measure is not None:
            for number in rounds:
                value = value_of(row["value"], measure)
                found[number, row["table_name"], row["record_id"], row["variable"]] = value
    return found


def _texts_by_record(
    codings: Codings, table: str, variable: str, one: Pass, other: Pass
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield the texts of two passes with the key of the record itself, which for items is that of the first."""
    if matched_by(codings.schema.tables[table], codings.schema) is None:
        yield from codings.pairs(table, variable, one, other)
        return
    for _, a, b in codings.matches(table, one, other):
        if a and b:
            yield a, one.values[table][a].get(variable), other.values[table][b].get(variable)


# The tables that are computed as a whole


def tables(lookup: Lookup) -> dict[str, list[Row]]:
    """Return the tables on agreement; empty where nothing was coded again."""
    return {
        "agreement": list(codings_of(lookup).rows()),
        "unit_agreement": list(_unit_agreement(lookup.rows["units"])),
        "calibration": list(_calibrations(lookup)),
        "probe_results": list(_probe_results(lookup)),
    }


def _unit_agreement(units: Iterable[Row]) -> Iterator[Row]:
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in units:
        first, last = row["window_date"], row["window_date_latest"]
        for window in (f"{row['iso3']} {first}/{last}", f"round {row['coding_round']}", _ALL):
            for table in (row["table_name"], _ALL):
                groups[window, table].append(row)
    for (window, table), rows in groups.items():
        none = [row for row in rows if row["is_unit"] == "no"]
        count = {
            code: sum(row["found_by"] == code for row in rows if row not in none)
            for code in ("both", "first", "second")
        }
        both = count["both"]
        yield {
            "window": window,
            "table_name": table,
            "found_by_both": both,
            "first_only": count["first"],
            "second_only": count["second"],
            "not_units": len(none),
            **_share("precision_share", both, both + count["first"]),
            **_share("recall_share", both, both + count["second"]),
            "f1": round(2 * both / n, 3) if (n := 2 * both + count["first"] + count["second"]) else None,
        }


def _share(name: str, part: int, whole: int) -> Row:
    """Return a share with its 95 % interval."""
    if not whole:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    low, high = wilson(part / whole, whole)
    return {name: round(part / whole, 3), f"{name}_low": round(low, 3), f"{name}_high": round(high, 3)}


def calibration(settled: Iterable[tuple[str, bool]]) -> list[Row]:
    """Return the share of values that hold by confidence.

    Parameters
    ----------
    settled
        For each value that was coded again and settled, its confidence at first and whether it held.

    Examples
    --------
    >>> rows = calibration([("high", True), ("high", False), ("low", False)])
    >>> [(row["confidence"], row["held_share"]) for row in rows]
    [('high', 0.5), ('low', 0.0)]
    """
    counts: dict[str, list[bool]] = defaultdict(list)
    for confidence, held in settled:
        counts[confidence].append(held)
    return [
        {"confidence": name, "audited": len(held), "held": sum(held), **_share("held_share", sum(held), len(held))}
        for name, held in counts.items()
    ]


Rate = Callable[[str, str, str], str | None]
"""From table, record and variable to the confidence of a value."""


def _calibrations(lookup: Lookup) -> Iterator[Row]:
    settled = [
        (row["table_name"], row["record_id"], row["variable"], row["is_adjudicated"] == "yes", coder)
        for row in lookup.rows["codings"]
        if (coder := lookup.once("coders by key", _coders)[row["coder_id"]])["edition"]
        and coder["coding_round"] == 1
        and coder["edition"] != lookup.schema.version
        and row["is_adjudicated"]
        and row["value"]
    ]
    for version in dict.fromkeys(coder["edition"] for *_, coder in settled):
        edition = Edition.find(version)
        ways = {version: published_confidence(edition, lookup.schema)}
        ways[lookup.schema.version] = confidence_by_rule(edition, lookup.schema)
        for rule_edition, rate in ways.items():
            rated = [(rate(t, r, v), held) for t, r, v, held, coder in settled if coder["edition"] == version]
            for row in calibration((step, held) for step, held in rated if step):
                yield {"rule_edition": rule_edition, **row}


def _evidence_of(edition: Edition, schema: Schema) -> tuple[list[Row], Callable[[str, str], list[Row]]]:
    """Return the readings of an edition, and how to find those of a record; an item rests on those of its parent."""
    rows = edition.cells("evidence").to_pylist()
    by_record: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        by_record[row["table_name"], row["record_id"]].append(row)

    def find(table: str, record_id: str) -> list[Row]:
        own = by_record.get((table, record_id))
        return own if own is not None else by_record.get(parent_of(table, record_id, schema), [])

    return rows, find


def published_confidence(edition: Edition, schema: Schema) -> Rate:
    """Return the confidence that an edition states: of the readings for the variable alone, else of all."""
    _, find = _evidence_of(edition, schema)
    score = schema.codes["confidence"].score

    def rate(table: str, record_id: str, variable: str) -> str | None:
        readings = find(table, record_id)
        own = [row for row in readings if variable in split(row["variables"], ";")]
        steps = [row["confidence"] for row in own or readings if own or not row["variables"]]
        return min(steps, key=score) if steps else None

    return rate


def confidence_by_rule(edition: Edition, schema: Schema) -> Rate:
    """Return the confidence that the rule of today gives on the evidence of an edition."""
    rows, find = _evidence_of(edition, schema)
    there = Lookup(Coding(schema, {"evidence": rows, "sources": edition.cells("sources").to_pylist()}, {}))

    def rate(table: str, record_id: str, variable: str) -> str | None:
        readings = find(table, record_id)
        bearing = [row for row in readings if not row["variables"] or variable in split(row["variables"], ";")]
        if not any(row["relation"] == "supports" for row in bearing):
            return None
        return str(evidence.confidence({**bearing[0], "variables": variable}, there)["confidence"])

    return rate


def _probe_results(lookup: Lookup) -> Iterator[Row]:
    """Yield how often values flip, with an interval from a bootstrap of records, whose values are not independent."""
    flips: dict[str, dict[str, dict[Key, list[bool]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in lookup.rows["probes"]:
        measure = codings_of(lookup).measure(row["table_name"], row["variable"])
        if measure is None:
            continue
        record = row["table_name"], row["record_id"]
        flipped = same(*(value_of(row[name], measure) for name in ("value_before", "value_after"))) is False
        for group in ("all", "states" if _of_state(*record, lookup) else "others"):
            flips[row["probe"]][group][record].append(flipped)
    settings = lookup.schema.agreement["bootstrap"]
    for probe, groups in flips.items():
        drawn = {name: _drawn_shares(list(records.values()), **settings) for name, records in groups.items()}
        shares = {}
        for name, records in groups.items():
            values = [each for per_record in records.values() for each in per_record]
            shares[name] = sum(values) / len(values)
            counts = {"records": len(records), "asked": len(values), "flips": sum(values)}
            yield {"probe": probe, "actor_group": name, **counts, **_probed(shares[name], drawn[name], settings)}
        if {"states", "others"} <= groups.keys():
            gap = shares["states"] - shares["others"]
            counts = {"records": len(groups["all"]), "asked": sum(map(len, groups["all"].values()))}
            found = _probed(gap, drawn["states"] - drawn["others"], settings)
            yield {"probe": probe, "actor_group": "gap", **counts, "flips": None, **found}


def _drawn_shares(records: list[list[bool]], samples: int, seed: int, interval: float) -> Any:
    import numpy as np

    flips, asked = np.array([[sum(each), len(each)] for each in records]).T
    drawn = np.random.default_rng(seed).multinomial(len(records), [1 / len(records)] * len(records), size=samples)
    return (drawn @ flips) / (drawn @ asked)


def _probed(share: float, drawn: Any, settings: Mapping[str, Any]) -> Row:
    import numpy as np

    low, high = np.quantile(drawn, [(1 - settings["interval"]) / 2, (1 + settings["interval"]) / 2])
    return {
        "flip_share": round(share, 3),
        "flip_share_low": round(float(low), 3),
        "flip_share_high": round(float(high), 3),
    }


def _of_state(table: str, record_id: str, lookup: Lookup) -> bool:
    """Say whether the lead actor of a record is a foreign state."""
    key = lookup.schema.tables[table].key
    rows = lookup.once(f"{table} by key", lambda here: {row[key]: row for row in here.rows[table]})
    row = rows.get(record_id, {})
    actors = split(row.get("actor_ids") or row.get("actor_id"), ";")
    return bool(actors) and lookup.actor_type(actors[0]) == _STATE
