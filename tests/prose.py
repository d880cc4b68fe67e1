"""Check the words of the documentation, of messages and of docstrings: `make prose`.

proselint does the checking, with its own checks (cliches, redundancy, spelling and the like) and with the words of this
project: a line of `docs/vocabulary.csv` has a discouraged phrase and the preferred one. Code is not checked.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from proselint.checks import __register__
from proselint.config import DEFAULT
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, CheckFlags
from proselint.registry.checks.types import Padding, PreferredForms
from proselint.tools import LintFile

CHECKOUT = Path(__file__).parent.parent
VOCABULARY = CHECKOUT / "docs" / "vocabulary.csv"
CODE = re.compile(r"^ *```.*?^ *```|`+[^`\n]+`+|<!--.*?-->|\]\([^)\n]*\)|https?://\S+", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<script.*?</script>|<[^>]*>", re.DOTALL)
FILLED = re.compile(r"{[^{}]*}")  # of an f-string
STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
# Quotes are straight as in code, and several checks take terms of the subject for mistakes.
OFF = (
    "typography",
    "social_awareness",
    "lexical_illusions",
    "misc",
    "hedging",
    "weasel_words",
    "skunked_terms",
    "dates_times",
)
TITLES = ("cliches.misc.write_good",)  # takes a title of variables, "in a word", for a cliche
ENABLED = {**dict.fromkeys((*TITLES, *OFF), False), "crisisdata": True}
CONFIG = {
    "max_errors": 1000,
    "checks": ENABLED | {name: on for name, on in DEFAULT["checks"].items() if name not in OFF},
}


def vocabulary() -> Check:
    """Return the check of the project's words; a phrase is found across the end of a line as well."""
    with VOCABULARY.open(encoding="utf-8", newline="") as file:
        rows = {row["discouraged"]: row["preferred"] for row in csv.DictReader(file)}
    patterns = {r"\b" + r"\s+".join(map(re.escape, phrase.split())): word for phrase, word in rows.items()}
    ended = {each + (r"\b" if each[-1].isalnum() else ""): word for each, word in patterns.items()}
    message = "write '{}', not '{}' (docs/vocabulary.csv)"
    flags = CheckFlags(allow_quotes=True)
    return Check(PreferredForms(ended, Padding.RAW), path="crisisdata.vocabulary", message=message, flags=flags)


def blank(text: str) -> str:
    """Return spaces in place of a text, with its line breaks, so that what follows keeps its line."""
    return re.sub(r"[^\n]", " ", text)


def without(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: blank(match[0]), text)


def strings(code: str) -> str:
    """Return the strings of a Python file, everything else blank."""
    lines = code.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    kept = list(blank(code))
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in STRINGS:
            first, last = (starts[row - 1] + column for row, column in (token.start, token.end))
            opening = re.match(r"[a-zA-Z]*[\"']*", token.string)
            skipped = len(opening[0]) if opening and token.type == tokenize.STRING else 0
            text = code[first + skipped : last].replace('"', " ")
            kept[first + skipped : last] = without(FILLED, text) if opening and "f" in opening[0].lower() else text
    return "".join(kept)


def texts() -> Iterator[tuple[str, str]]:
    """Return what is checked, by the name of the place. The codebook and the rules are part of published editions."""
    for file in [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")]:
        yield str(file.relative_to(CHECKOUT)), file.read_text("utf-8")
    for file in (CHECKOUT / "crisisdata").rglob("*.py"):
        if "derive" not in file.parts:
            yield str(file.relative_to(CHECKOUT)), strings(file.read_text("utf-8"))
    for file in (CHECKOUT / "crisisdata").rglob("*.html"):
        yield str(file.relative_to(CHECKOUT)), without(MARKUP, file.read_text("utf-8"))
    for file in (CHECKOUT / "notebooks").glob("*.ipynb"):
        for number, cell in enumerate(json.loads(file.read_text("utf-8"))["cells"], 1):
            if cell["cell_type"] == "markdown":
                yield f"{file.relative_to(CHECKOUT)}, cell {number}", "".join(cell["source"])


def findings(name: str, text: str) -> list[str]:
    """Return what is to be written otherwise in a text, each with its line."""
    found = LintFile(name, without(CODE, text)).lint(CONFIG) if text.strip() else []
    return [f"{name}:{each.pos[0]}: {each.check_result.message} [{each.check_result.check_path}]" for each in found]


CheckRegistry().register_many((*__register__, vocabulary()))

if __name__ == "__main__":
    found = [line for name, text in sorted(texts()) for line in findings(name, text)]
    print("\n".join(found) or "The words are in order.")
    sys.exit(bool(found))
