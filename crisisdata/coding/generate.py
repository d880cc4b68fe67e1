"""Write the files that are generated from the schemas and the newest edition, or check that they are up to date.

Usage: ``python -m crisisdata.coding.generate [--check]``
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from crisisdata._editions import Edition
from crisisdata._export import FORMATS
from crisisdata.coding import early_page, reliability_page
from crisisdata.coding.api_page import api_page
from crisisdata.coding.codebook_pages import NOTICE, index_page, table_list, table_page
from crisisdata.coding.datasheet_page import datasheet_sections
from crisisdata.coding.derive import DEFINITIONS, read_schema
from crisisdata.coding.jsonschema import case_file_schema
from crisisdata.coding.layouts_page import layout_sections
from crisisdata.coding.schema import Schema
from crisisdata.errors import CrisisDataError

CHECKOUT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    try:
        drifted = {path: text for path, text in generated() if not _same(path, text)}
    except CrisisDataError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in drifted.items():
        name = path.relative_to(CHECKOUT)
        if check:
            print(f"{name} is out of date; run: make generate")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {name}")
    return 1 if check and drifted else 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each generated file with the text that it should have."""
    schema, edition = read_schema(), Edition.find()
    yield CHECKOUT / "crisisdata" / "_names.py", _names(schema)
    for root in schema.roots():
        if root.raw and root.raw["file"].endswith(".yaml"):
            text = json.dumps(case_file_schema(root, schema), indent=1, ensure_ascii=False) + "\n"
            yield CHECKOUT / "schemas" / "json" / f"{root.name}.schema.json", text
    yield CHECKOUT / "CITATION.cff", _citation(schema, edition)
    yield CHECKOUT / "README.md", _readme(edition)
    yield from _filled("reliability.md", reliability_page.figures(edition, schema))
    yield from _filled("early-coding.md", early_page.figures(schema))
    yield from _filled("layouts.md", layout_sections(CHECKOUT / "docs" / "example-layout"))
    yield from _filled("datasheet.md", datasheet_sections(edition, schema))
    yield CHECKOUT / "docs" / "api.md", api_page()
    if schema.is_draft:  # the codebook describes the newest edition, which the schemas no longer do
        return
    yield CHECKOUT / "docs" / "codebook" / "README.md", index_page(schema, edition)
    for table in schema.tables.values():
        yield CHECKOUT / "docs" / "codebook" / f"{table.name}.md", table_page(table, schema, edition)


def _names(schema: Schema) -> str:
    literals: dict[str, Iterable[str]] = {
        "TableName": schema.tables,
        "DefinitionName": DEFINITIONS,
        "FormatName": FORMATS,
    }
    parts = [f'"""Names for completion in an editor. {NOTICE}"""\n', "from typing import Literal, TypeAlias\n"]
    for kind, names in literals.items():
        listed = "".join(f'    "{name}",\n' for name in names)
        parts.append(f"{kind}: TypeAlias = Literal[\n{listed}]\n")
    return "\n".join(parts)


def _citation(schema: Schema, edition: Edition) -> str:
    package = schema.package
    return f"""# {NOTICE}
cff-version: 1.2.0
type: dataset
message: If you use this dataset, please cite the edition that you used.
title: "{package["title"]}"
version: "{edition.version}"
date-released: {edition.descriptor["created"][:10]}
license: {edition.descriptor["licenses"][0]["name"]}
{_identifier(edition)}
identifiers:
  - type: other
    value: "{edition.content_hash}"
    description: Content hash of the edition; crisisdata.require refuses any other data under the same number.
authors:
  - name: "{package["author"]}"
keywords: [{", ".join(package["keywords"])}]
"""


def _identifier(edition: Edition) -> str:
    doi = edition.descriptor.get("doi")
    return f"doi: {doi}" if doi else "# doi: none has been assigned"


def _readme(edition: Edition) -> str:
    text = (CHECKOUT / "README.md").read_text("utf-8")
    text = _fill(text, "tables", table_list(edition, folder="docs/codebook/"))
    return re.sub(r"```python\n(.*?)```\n\n```text\n.*?```", _run, text, count=1, flags=re.DOTALL)


def _filled(page: str, sections: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    path = CHECKOUT / "docs" / page
    text = path.read_text("utf-8")
    for name, content in sections.items():
        text = _fill(text, name, content)
    yield path, text


def _fill(text: str, name: str, content: str) -> str:
    return re.sub(
        rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}{content}\n{match[2]}",
        text,
        flags=re.DOTALL,
    )


def _run(match: re.Match[str]) -> str:
    """Run the example and insert its output below it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pd.option_context("display.width", 100, "display.max_columns", 20):
        exec(match[1], {})
    return f"```python\n{match[1]}```\n\n```text\n{out.getvalue().rstrip()}\n```"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
