"""Checks on the characters in texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault

_UNSEEN = {"Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
"""Unicode categories of characters that readers cannot see: formatting (bidirectional marks, zero width, soft
hyphens), private, unassigned, halves of pairs, separators of lines."""


@fault
def texts_show_all_they_hold(coded: Coded) -> Iterator[Found]:
    """An invisible or bidirectional character makes texts that look the same differ, or makes one text look like
    another.
    """
    for records in coded.coding.records.values():
        for record in records:
            for name, text in record.values.items():
                if text.isascii():
                    continue
                unseen = next((letter for letter in text if unicodedata.category(letter) in _UNSEEN), None)
                if unseen:
                    called = unicodedata.name(unseen, "an unnamed character").lower()
                    message = f"an invisible character, U+{ord(unseen):04X} ({called}), is in {text[:40]!a}; delete it"
                    yield Found(record, message, name)


@fault
def texts_say_something(coded: Coded) -> Iterator[Found]:
    """A text without a letter or digit, such as a single full stop, fills a cell without content."""
    for table in coded.schema.tables.values():
        for row, record in coded.pairs(table.name) if table.group != "record" else ():  # `*` stands for all rows there
            for name, item in table.fields.items():
                text = row.get(name)
                if item.type == "string" and isinstance(text, str) and not any(map(str.isalnum, text)):
                    message = f"{text!r} has no letter or digit; delete the value, or write unknown or not_applicable"
                    yield Found(record, message, name)
