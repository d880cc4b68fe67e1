"""The codebook as a PDF has every table, column, rule and code, on pages that fit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import crisisdata as cd
from crisisdata._codebook_pdf import write_codebook
from crisisdata.errors import ArgumentError, DestinationExistsError, UnknownNameError


def words(file: Path) -> str:
    """Return the text of a PDF without blanks, since a narrow column breaks a name."""
    text = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True).stdout
    return "".join(text.split())


@pytest.mark.parametrize("version", cd.versions())
def test_every_edition_has_a_codebook(version: str, tmp_path: Path) -> None:
    made = write_codebook(tmp_path / "codebook.pdf", "episodes", version)
    assert made.read_bytes().startswith(b"%PDF-")
    with pytest.raises(DestinationExistsError):
        write_codebook(made, "episodes", version)
    write_codebook(made, "actors", version, overwrite=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
def test_it_has_every_column_rule_and_code(tmp_path: Path) -> None:
    found = words(write_codebook(tmp_path / "codebook.pdf"))
    edition = cd.Edition.find()
    for name, resource in edition.resources.items():
        assert "".join(f"{name}: {resource['title']}".split()) in found
        for field in resource["schema"]["fields"]:
            assert field["name"] in found
            if "derived" in field and f"{name}.{field['derived']}" in edition.descriptor["rules"]:
                assert f"Rule{field['derived']},from" in found
    codes = cd.load("codes")
    used = {f["codes"] for r in edition.resources.values() for f in r["schema"]["fields"] if "codes" in f}
    missing = [row.code for row in codes.itertuples() if row.code_list in used and row.code not in found]
    assert missing == []
    assert "NoDOIhasbeenassigned" in found


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="must be a file name that ends in .pdf"):
        write_codebook(tmp_path / "codebook")
    with pytest.raises(UnknownNameError, match="did you mean 'episodes'"):
        write_codebook(tmp_path / "codebook.pdf", "episode")
    assert list(tmp_path.iterdir()) == []
