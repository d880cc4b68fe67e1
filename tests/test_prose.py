"""The words that `docs/vocabulary.csv` discourages are found in prose and messages, and nowhere else."""

from __future__ import annotations

import csv
from itertools import pairwise

import pytest
from prose import VOCABULARY, findings, strings, texts


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A cell.\n\nIt was mended.\n", 3),
        ("The value is\nno date.\n", 1),
        ('"Mended" is in quotes.\n', 1),
        ("There is: a, b.\n", 1),
    ],
)
def test_a_discouraged_phrase_is_found_at_its_line(text: str, line: int) -> None:
    [found] = findings("page.md", text)
    assert found.startswith(f"page.md:{line}: write '")


@pytest.mark.parametrize("text", ["Call `mend()`.\n", "```python\nmend()\n```\n", "It was recommended.\n", ""])
def test_code_and_other_words_are_left_alone(text: str) -> None:
    assert findings("page.md", text) == []


def test_the_strings_of_a_program_are_read_and_the_rest_is_not() -> None:
    code = 'mended = 1\nraise ValueError(f"{mended!r} is "\n                 "no date")\n'
    [found] = findings("page.py", strings(code))
    assert found.startswith("page.py:2: write 'is not a date'")


def test_everything_that_is_read_is_there() -> None:
    names = [name for name, _ in texts()]
    for each in ("README.md", "docs/glossary.md", "crisisdata/errors.py", "crisisdata/_site/templates/index.html"):
        assert each in names
    assert any(name.startswith("notebooks/") for name in names)


def test_the_vocabulary_is_in_order_and_says_each_phrase_once() -> None:
    with VOCABULARY.open(encoding="utf-8", newline="") as file:
        phrases = [row["discouraged"] for row in csv.DictReader(file)]
    assert all(one < other for one, other in pairwise(phrases))
