"""Checks on the second coding: the raw files of `codings/`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from crisisdata._editions import Edition
from crisisdata.coding import dates
from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.derive.agreement import READ, measure_of, parent_of, value_of
from crisisdata.coding.faults import one_of
from crisisdata.coding.rows import Row, split
from crisisdata.errors import CrisisDataError, suggestion

UNKNOWN = "unknown"
_DRAWN = "second"
_VALUES = {"codings": ["value"], "adjudications": ["value"], "probes": ["value_before", "value_after"]}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NAME = re.compile(r"[A-ZÀ-Þ ]")
# Four decimals of a probability leave this much of a population open.
_ROUNDING = 0.01


def instructions_folder() -> Path:
    """Return the folder of the instructions in the checkout."""
    return Path(__file__).resolve().parents[3] / "docs" / "instructions"


@fault
def codings_name_known_records(coded: Coded) -> Iterator[Found]:
    """A coding of an unknown record, or of a variable that is not coded, cannot be compared with anything."""
    known = _known_records(coded)
    for name in (*_VALUES, "coding_sample", "units"):
        for row, record in coded.pairs(name):
            table, record_id = row["table_name"], row["record_id"]
            if table not in coded.schema.agreement["variables"]:
                tables = coded.schema.agreement["variables"]
                yield Found(record, f"unknown coded table {table!r}{one_of(table, tables)}", "table_name")
            elif record_id and (table, record_id) not in known:
                # An item of a later pass has a number where ours have a name; its parent is known.
                parent = parent_of(table, record_id, coded.schema)
                if parent == (table, record_id) or parent not in known:
                    there = (key for own, key in known if own == table)
                    yield Found(
                        record, f"there is no {record_id!r} in {table}{suggestion(record_id, there)}", "record_id"
                    )


def _known_records(coded: Coded) -> set[tuple[str, str]]:
    """Return the records of the case files, and of the editions that contain the first coding."""
    known = set(coded.records)
    for edition in _first_editions(coded).values():
        for name in coded.schema.agreement["variables"]:
            if name in edition.tables:
                key = coded.schema.tables[name].key
                known |= {(name, each) for each in edition.cells(name).column(key).to_pylist()}
    return known


def _first_editions(coded: Coded) -> dict[str, Edition]:
    found: dict[str, Edition] = {}
    for row in coded.rows("coders"):
        if row["edition"] and row["edition"] not in (*found, coded.schema.version):
            try:
                found[row["edition"]] = Edition.find(row["edition"])
            except CrisisDataError:  # reported by `coders_hold_one_coding`
                continue
    return found


@fault
def coded_values_are_allowed(coded: Coded) -> Iterator[Found]:
    """A second coder must use the same codes, numbers and date formats as a case file."""
    for name, columns in _VALUES.items():
        for row, record in coded.pairs(name):
            variables = coded.schema.agreement["variables"].get(row["table_name"])
            if variables is None:
                continue
            measured = [each for each, entry in variables.items() if "level" in entry]
            if row["variable"] not in measured:
                message = f"{row['variable']!r} is not a variable of {row['table_name']} whose agreement is measured"
                yield Found(record, message + one_of(row["variable"], measured), "variable")
                continue
            for column in columns:
                if row[column] and (why := _refused(row[column], row, coded)):
                    yield Found(record, why, column)


def _refused(text: str, row: Row, coded: Coded) -> str | None:
    """Return why a value is not allowed, or None if it is."""
    item = coded.schema.tables[row["table_name"]].fields[row["variable"]]
    if item.edtf:
        try:
            dates.parse_date(text)
        except ValueError as error:
            return f"{text!r} is {error}; must be {dates.ALLOWED}"
    elif item.type != "string":
        if not _NUMBER.fullmatch(text):
            return f"must be a number; got {text!r}"
    elif item.codes:
        codes = list(coded.schema.codes[item.codes].codes)
        for value in split(text, item.separator):
            if value not in codes:
                return f"unknown code {value!r}{one_of(value, codes)}"
    elif item.references == "actors":
        for value in split(text, item.separator):
            known = value in coded.actors or value in coded.coding.known.get("actors", ())
            if not known and not _NAME.search(value):
                hint = suggestion(value, coded.keys("actors"))
                return f"there is no {value!r} in actors{hint}; for an actor that is not listed, write the name"
    return None


@fault
def unread_records_have_no_values(coded: Coded) -> Iterator[Found]:
    """A value coded without its source was coded from memory."""
    for row, record in coded.pairs("codings"):
        if row["value"] and row["recovered"] not in (*READ, None):
            message = f"the sources were not recovered (recovered is {row['recovered']}), so there can be no value"
            yield Found(record, message, "value")


@fault
def coders_hold_one_coding(coded: Coded) -> Iterator[Found]:
    """Without the first coding there is nothing to compare with; with two it is unclear which is the first."""
    own = {row["coder_id"] for row in coded.rows("codings")}
    firsts: dict[int, list[Record]] = defaultdict(list)
    for row, record in coded.pairs("coders"):
        if row["coding_pass"] == "first":
            firsts[row["coding_round"]].append(record)
        if row["edition"]:
            if row["coding_pass"] != "first":
                yield Found(record, "only the first coding can be that of an edition", "edition")
            if row["coder_id"] in own:
                yield Found(record, "its codings come from the edition; delete them from the files", "edition")
            if row["edition"] not in (*_first_editions(coded), coded.schema.version):
                yield Found(record, f"unknown edition {row['edition']!r}", "edition")
        elif row["coder_id"] and row["coder_id"] not in own:
            yield Found(record, "this coder has no codings; name the edition, or add the file", "coder_id")
    for row, record in coded.pairs("coders"):
        if row["coding_round"] is not None and len(firsts[row["coding_round"]]) != 1:
            yield Found(
                record,
                f"round {row['coding_round']} must have one first coding; got {len(firsts[row['coding_round']])}",
                "coding_round",
            )


@fault
def a_pass_codes_a_record_once(coded: Coded) -> Iterator[Found]:
    """Two coders of one pass on one record would be an unplanned comparison."""
    coders = {row["coder_id"]: row for row in coded.rows("coders")}
    first: dict[tuple[object, ...], str] = {}
    for row, record in coded.pairs("codings"):
        coder = coders.get(row["coder_id"])
        if coder is None or row["table_name"] not in coded.schema.tables:
            continue
        place = (
            coder["coding_pass"],
            coder["coding_round"],
            *parent_of(row["table_name"], row["record_id"] or "", coded.schema),
        )
        if first.setdefault(place, row["coder_id"]) != row["coder_id"]:
            message = (
                f"{first[place]} coded the record in the same pass; give this coder another pass or another record"
            )
            yield Found(record, message, "coder_id")


@fault
def instructions_are_those_that_were_given(coded: Coded) -> Iterator[Found]:
    """To repeat a coding, one needs the instructions as they were at the time, not as they are now."""
    for row, record in coded.pairs("coders"):
        name, said = row["instructions"], row["instructions_sha256"]
        if name in (UNKNOWN, None) or said is None:
            if name == UNKNOWN and said not in (UNKNOWN, None):
                yield Found(record, "unknown instructions must not have a hash", "instructions_sha256")
            continue
        file = instructions_folder() / name
        if not file.is_file():
            there = sorted(each.name for each in instructions_folder().glob("*.md"))
            yield Found(record, f"there is no docs/instructions/{name}{one_of(name, there)}", "instructions")
        elif (found := sha256(file.read_bytes()).hexdigest()) != said:
            yield Found(record, f"docs/instructions/{name} has the hash {found}", "instructions_sha256")


@fault
def samples_add_up(coded: Coded) -> Iterator[Found]:
    """The probabilities that weight the figures must be those of the draw: one per stratum, adding up to the number of
    records. Later passes are drawn from what the second pass recovered and need not add up.
    """
    strata: dict[tuple[str, str], dict[str, list[tuple[Row, Record]]]] = defaultdict(lambda: defaultdict(list))
    for row, record in coded.pairs("coding_sample"):
        whole = None not in (row["table_name"], row["stratum"], row["inclusion_probability"])
        if whole and row["coding_pass"] == _DRAWN:
            strata[row["table_name"], row["coding_pass"]][row["stratum"]].append((row, record))
            if row["inclusion_probability"] == 0:
                yield Found(record, "the probability of a drawn record must be above 0", "inclusion_probability")
    population = {name: len(rows) for name, rows in _populations(coded).items()}
    for (table, of_pass), groups in strata.items():
        estimate = 0.0
        for stratum, rows in groups.items():
            for (one, _), (other, record) in pairwise(rows):
                if one["inclusion_probability"] != other["inclusion_probability"]:
                    says = (
                        f"the stratum {stratum!r} has {one['inclusion_probability']} elsewhere; the two must be equal"
                    )
                    yield Found(record, says, "inclusion_probability")
            estimate += sum(1 / row["inclusion_probability"] for row, _ in rows if row["inclusion_probability"])
        there = population.get(table)
        if there and abs(estimate - there) > 1 + there * _ROUNDING:
            record = next(iter(groups.values()))[0][1]
            message = f"the probabilities of {of_pass} imply {estimate:.0f} records of {table}; there were {there}"
            yield Found(record, message, "inclusion_probability")


def _populations(coded: Coded) -> dict[str, set[str]]:
    """Return the keys of each table at the time of the draw: those of the edition with the first coding."""
    for edition in _first_editions(coded).values():
        return {
            name: set(edition.cells(name).column(coded.schema.tables[name].key).to_pylist())
            for name in coded.schema.agreement["variables"]
            if name in edition.tables
        }
    return {name: {record.key for record in records} for name, records in coded.coding.records.items()}


@fault
def shown_variables_are_coded(coded: Coded) -> Iterator[Found]:
    """With a misspelt name, a figure would include values that the coder was shown."""
    for row, record in coded.pairs("coding_sample"):
        variables = coded.schema.agreement["variables"].get(row["table_name"], {})
        for name in split(row["given"], ";"):
            if name not in variables:
                yield Found(record, f"unknown coded variable {name!r}{one_of(name, variables)}", "given")


@fault
def adjudications_settle_something(coded: Coded) -> Iterator[Found]:
    """An adjudication of a value that was not coded twice settles nothing."""
    there = {(row["table_name"], row["record_id"], row["variable"]) for row in coded.rows("codings")}
    coded_twice = {place[:2] for place in there}
    for row, record in coded.pairs("adjudications"):
        parent = (
            parent_of(row["table_name"], row["record_id"] or "", coded.schema)
            if row["table_name"] in coded.schema.tables
            else None
        )
        if (row["table_name"], row["record_id"]) not in coded_twice and parent not in coded_twice:
            yield Found(record, "no later pass coded this record", "record_id")


@fault
def units_name_what_the_dataset_has(coded: Coded) -> Iterator[Found]:
    """What the first coder found is a record; without its key it cannot be looked up."""
    for row, record in coded.pairs("units"):
        if row["found_by"] in ("first", "both") and not row["record_id"]:
            yield Found(record, "the dataset has it, so its record must be named", "record_id")
        if row["found_by"] == "both" and row["is_unit"] == "no":
            yield Found(record, "both coders found it; enter the unit once", "is_unit")


@warning
def adjudicated_values_stand(coded: Coded) -> Iterator[Found]:
    """A value that an adjudication changed must be changed in the case file."""
    rows: dict[tuple[str, str], tuple[Row, Record]] = {}
    for name in {row["table_name"] for row in coded.rows("adjudications")} & set(coded.schema.tables):
        rows |= {(name, record.key): (row, record) for row, record in coded.pairs(name)}
    for row, record in coded.pairs("adjudications"):
        entry = coded.schema.agreement["variables"].get(row["table_name"], {}).get(row["variable"], {})
        there = rows.get((row["table_name"], row["record_id"]))
        refused = row["value"] and "level" in entry and _refused(row["value"], row, coded)
        if there is None or "level" not in entry or refused:  # reported by other checks
            continue
        item = coded.schema.tables[row["table_name"]].fields[row["variable"]]
        measure = measure_of(item, entry, coded.schema)
        text = there[1].values.get(row["variable"])
        try:
            holds = value_of(text if text not in (UNKNOWN, "not_applicable") else None, measure)
        except ValueError:  # reported where the value stands
            continue
        if holds != value_of(row["value"], measure):
            place = f"{there[1].file}:{there[1].line}"
            says = f"{place} has {text or 'no value'}; the adjudication has {row['value'] or 'no value'}"
            yield Found(record, says, "value")
