"""The parts of the datasheet that follow from `package.yaml` and from an edition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata.coding.codebook_pages import markdown_table
from crisisdata.coding.schema import Schema


def datasheet_sections(edition: Edition, schema: Schema) -> dict[str, str]:
    """Return the generated sections of the page by name."""
    package = schema.package
    rai, annotation = package["rai"], package["annotation"]
    return {
        "edition": f"Edition {edition.version}, {edition.descriptor['created'][:10]}. {_text(package['description'])}",
        "tables": _tables(edition, package["groups"]),
        "limitations": _text(rai["dataLimitations"]),
        "missing": f"{_text(rai['dataCollectionMissingData'])}\n\n{_missing(edition)}",
        "errors": _text([*rai["dataBiases"], annotation["reliability"]]),
        "people": _text(rai["personalSensitiveInformation"]),
        "collection": _text([rai["dataCollection"], *rai["dataAnnotationProtocol"], annotation["text_shown"]]),
        "coders": _text([package["coding"], annotation["models"], annotation["settings"], annotation["human_role"]]),
        "preparation": _text([*rai["dataPreprocessingProtocol"], rai["dataCollectionRawData"]]),
        "uses": _text(rai["dataUseCases"]),
        "risks": _text([rai["dataSocialImpact"], annotation["memorisation"]]),
        "distribution": _distribution(edition, package),
        "maintenance": _text(rai["dataReleaseMaintenancePlan"]),
    }


def _text(said: Any) -> str:
    """Return one statement as a paragraph, or several as a list."""
    if isinstance(said, str):
        return " ".join(said.split())
    return "\n".join(f"- {' '.join(each.split())}" for each in said)


def _tables(edition: Edition, groups: dict[str, Any]) -> str:
    rows = [
        {
            "group": name,
            "holds": group["title"],
            "tables": len(there := [table for table in group["tables"] if table in edition.tables]),
            "rows": f"{sum(edition.resource(table)['rows'] for table in there):,}",
        }
        for name, group in groups.items()
    ]
    return markdown_table(pd.DataFrame(rows))


def _missing(edition: Edition) -> str:
    reasons = load("missing_values", edition)["reason"].value_counts()
    counts = ", ".join(f"{number} *{str(reason).replace('_', ' ')}*" for reason, number in reasons.items())
    return f"Cells with a stated reason: {counts}."


def _distribution(edition: Edition, package: dict[str, Any]) -> str:
    licence = package["licenses"][0]
    doi = edition.descriptor.get("doi")
    return _text(
        [
            f"**Under what licence?** The data: [{licence['title']}]({licence['path']}). The code: MIT.",
            f"**In what form?** {len(edition.tables)} Parquet files with a Data Package descriptor and checksums, in "
            "a Python package; exports to other formats are in [exports](exports.md).",
            f"**How is it identified?** Content hash `{edition.content_hash}`. "
            + (f"DOI {doi}." if doi else "No DOI has been assigned."),
        ]
    )
