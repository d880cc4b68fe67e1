"""Checks on acts that appear in two rows."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.duplicates import acts_of, suspects
from crisisdata.coding.checks.exceptions import unknown_record
from crisisdata.coding.checks.registry import Found, fault

_PAIR = ("table_name", "record_id", "other_table", "other_id")


@fault
def doubles_are_merged_or_explained(coded: Coded) -> Iterator[Found]:
    """One act in two rows counts twice; two acts that look like one need an explanation.

    Two rows are suspect if they share an actor or organisation, a day and a kind, also across episodes and between
    acts abroad and acts of those in power.
    """
    written: dict[frozenset[tuple[str, str]], bool] = {}
    for row in coded.rows("distinct_pairs"):
        written[frozenset([(row["table_name"], row["record_id"]), (row["other_table"], row["other_id"])])] = False
    for pair in suspects(acts_of(coded)):
        one, other = pair.one, pair.other
        names = frozenset([(one.table, one.key), (other.table, other.key)])
        if names in written:
            written[names] = True
            continue
        message = (
            f"possible duplicate of {one.table} {one.key}: {pair.why}. Merge the two rows, or say in "
            "distinct_pairs.csv why they differ"
        )
        yield Found(coded.records[other.table, other.key], message)
    for row, record in coded.pairs("distinct_pairs"):
        if None in [row[name] for name in _PAIR]:
            continue
        unknown = unknown_record(coded, row["table_name"], row["record_id"])
        other_unknown = unknown_record(coded, row["other_table"], row["other_id"])
        if unknown or other_unknown:
            yield Found(record, str(unknown or other_unknown), "record_id" if unknown else "other_id")
        elif not written[frozenset([(row["table_name"], row["record_id"]), (row["other_table"], row["other_id"])])]:
            yield Found(record, "the two rows are no longer suspected duplicates; delete the pair")
