"""Reading an edition: what comes back, and what is said when it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crisisdata as cd
from crisisdata._editions import CHECKSUMS
from crisisdata.errors import ArgumentError, DamagedEditionError, UnknownNameError

EVERY_TABLE = [(version, table) for version in cd.versions() for table in cd.Edition.find(version).tables]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the newest edition, to be damaged."""
    return Path(shutil.copytree(cd.Edition.find().folder, tmp_path / "copy"))


@pytest.mark.parametrize(("version", "table"), EVERY_TABLE)
def test_every_table_of_every_edition_has_the_types_its_descriptor_says(version: str, table: str) -> None:
    resource = cd.Edition.find(version).resource(table)
    pandas, polars, arrow = (cd.load(table, version, as_=kind) for kind in ("pandas", "polars", "arrow"))  # type: ignore[call-overload]
    assert len(pandas) == len(polars) == len(arrow) == resource["rows"]
    for field in resource["schema"]["fields"]:
        name, column = field["name"], pandas[field["name"]]
        if "categories" in field and len(pandas):
            codes = [category["value"] for category in field["categories"]]
            assert list(column.cat.categories) == codes
            assert column.cat.ordered is field["categoriesOrdered"]
            assert polars.schema[name] == pl.Enum(codes)
        elif field["type"] == "date":
            assert pd.api.types.is_datetime64_dtype(column.dtype)
            assert polars.schema[name] == pl.Date
            assert arrow.schema.field(name).type == pa.date32()
        elif field["type"] == "integer":
            assert column.dtype == pd.Int64Dtype()
        if field.get("constraints", {}).get("required"):
            assert column.notna().all()
    key = resource["schema"]["primaryKey"]
    assert not pandas.duplicated(key).any()


@pytest.mark.parametrize("version", cd.versions())
def test_every_published_edition_is_intact(version: str) -> None:
    edition = cd.Edition.find(version)
    assert set(cd.verify(version)) >= {"datapackage.json", *(f"{table}.parquet" for table in edition.tables)}


@pytest.mark.parametrize("version", cd.versions())
def test_foreign_keys_hold(version: str) -> None:
    edition = cd.Edition.find(version)
    for name, resource in edition.resources.items():
        for key in resource["schema"]["foreignKeys"]:
            target = key["reference"]["resource"] or name
            there = set(cd.load(target, version)[key["reference"]["fields"][0]])  # type: ignore[call-overload]
            values = cd.load(name, version)[key["fields"][0]].dropna()  # type: ignore[call-overload]
            assert set(values) <= there, (name, key)


def test_ordinal_codes_compare() -> None:
    tone = cd.load("responses")["tone"]
    assert (tone >= "welcomes").any()
    assert tone.cat.categories[0] == "condemns"


def test_the_frame_says_where_it_comes_from() -> None:
    said = cd.load("sources", "0.1").attrs["crisisdata"]
    assert (said["edition"], said["table"]) == ("0.1", "sources")
    assert said["content_hash"].startswith("sha256:")
    assert "edition 0.1" in said["citation"]


def test_names_that_are_not_there() -> None:
    with pytest.raises(UnknownNameError, match=r"no table 'sanctoins' in edition .*did you mean 'sanctions'"):
        cd.load("sanctoins")  # type: ignore[call-overload]
    with pytest.raises(UnknownNameError, match=r"no edition '9\.9'.*Available: 0\.1"):
        cd.load(version="9.9")
    with pytest.raises(UnknownNameError, match="no edition '0.1/../0.1'"):
        cd.load(version="0.1/../0.1")
    with pytest.raises(ArgumentError, match=r"version must be a string, such as .*; got 0\.1\. Available: 0\.1, 0\.2"):
        cd.load(version=0.10)  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="as_ must be one of .*got 'panda'; did you mean 'pandas'"):
        cd.load(as_="panda")  # type: ignore[call-overload]
    with pytest.raises(UnknownNameError, match="no variable 'directon' in table 'support'.*did you mean 'direction'"):
        cd.codebook("support", "directon")
    with pytest.raises(UnknownNameError, match="no record 'mli-1999-01'"):
        cd.evidence("episodes", "mli-1999-01")
    with pytest.raises(UnknownNameError, match="no episode 'mli-2021-06'.*did you mean"):
        cd.compare(["mli-2021-06"])
    with pytest.raises(ArgumentError, match="table must be one of .*got 'actors'"):
        cd.evidence("actors", "ecowas")
    with pytest.raises(ArgumentError, match="must be one of 'text', 'bibtex'; got 'ris'"):
        cd.cite("ris")


@pytest.mark.parametrize("version", cd.versions())
def test_a_citation_has_licence_hash_and_says_that_there_is_no_doi(version: str) -> None:
    edition = cd.Edition.find(version)
    for text in (cd.cite(version=version), cd.cite("bibtex", version)):
        for part in (
            edition.descriptor["title"],
            version,
            "CC-BY-4.0",
            edition.content_hash,
            "No DOI has been assigned",
        ):
            assert part in text
        assert edition.descriptor["created"][:4] in text
    assert "  doi = {}," in cd.cite("bibtex", version)
    assert "doi: none has been assigned" in cd.stamp(version)


@pytest.mark.parametrize("name", [None, 5, [], ["episodes"], {}])
def test_a_name_that_is_no_text_is_one_that_is_not_there(name: Any) -> None:
    for call in (
        lambda: cd.load(name),
        lambda: cd.path(name),
        lambda: cd.codebook(name),
        lambda: cd.codebook("episodes", name or [name]),
        lambda: cd.evidence(name, "mli-2021-05"),
        lambda: cd.evidence("episodes", name),
        lambda: cd.evidence("episodes", "mli-2021-05", name or [name]),
        lambda: cd.changes("0.1", "0.2", name or [name]),
    ):
        with pytest.raises(UnknownNameError, match="there is no"):
            call()
    with pytest.raises(ArgumentError, match="must be one of 'stata'"):
        cd.export(name, "coups")


def test_a_folder_of_ones_own_is_a_path(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"For a custom edition, write Path\('.*copy'\)"):
        cd.load(version=str(copy))
    with pytest.raises(DamagedEditionError, match="folder .*nowhere does not exist"):
        cd.load(version=tmp_path / "nowhere")


@pytest.mark.parametrize("version", ["0.1.0", "0.4.99999"])
def test_a_patch_number_is_none_of_an_edition(version: str) -> None:
    with pytest.raises(UnknownNameError, match=r"Edition numbers have two parts; .* Write '0\.[14]'"):
        cd.load(version=version)


@pytest.mark.parametrize("version", ["9" * 5000 + ".1", "0.5\0", "٠.٤", "0.04", "+0.4", " 0.4", "0.4 ", ""])
def test_a_version_is_taken_by_the_letter(version: str) -> None:
    with pytest.raises(UnknownNameError, match="there is no edition"):
        cd.load(version=version)


def test_a_table_that_an_edition_lacks(copy: Path) -> None:
    with pytest.raises(
        UnknownNameError, match=rf"no table 'events' in edition {cd.versions()[-1]}.*Available: episodes"
    ):
        cd.load("events", copy)  # type: ignore[call-overload]


def test_missing_files(copy: Path) -> None:
    (copy / "support.parquet").unlink()
    with pytest.raises(DamagedEditionError, match=r"support\.parquet is missing"):
        cd.load("support", copy)
    assert len(cd.load("episodes", copy))
    (copy / CHECKSUMS).unlink()
    with pytest.raises(DamagedEditionError, match="SHA256SUMS is missing"):
        cd.load("episodes", copy)
    with pytest.raises(DamagedEditionError, match="does not exist or cannot be read"):
        cd.load(version=copy / "nowhere")


def test_a_stranger_among_the_files(copy: Path) -> None:
    (copy / ".DS_Store").write_text("what a Mac leaves behind")
    assert cd.verify(copy)
    (copy / "notes.txt").write_text("mine")
    with pytest.raises(DamagedEditionError, match=r"contains files that are not part of edition .*: notes\.txt"):
        cd.verify(copy)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_flipped_bit_is_ever_read(data: st.DataObject, copy: Path) -> None:
    name = data.draw(st.sampled_from(sorted(file.name for file in copy.iterdir())))
    content = bytearray((copy / name).read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    original = (copy / name).read_bytes()
    (copy / name).write_bytes(bytes(content))
    try:
        with pytest.raises(DamagedEditionError):
            cd.verify(copy)
    finally:
        (copy / name).write_bytes(original)


def test_a_changed_table_is_named_with_both_hashes(copy: Path) -> None:
    (copy / "actors.parquet").write_bytes(b"PAR1")
    with pytest.raises(
        DamagedEditionError,
        match=r"actors\.parquet differs from the published file: expected SHA-256 [0-9a-f]{64}; got",
    ):
        cd.load("actors", copy)
    with pytest.raises(DamagedEditionError):
        cd.path("actors", copy)


def test_evidence_of_a_date_its_bounds_and_a_computed_column() -> None:
    whole = cd.evidence("episodes", "mli-2021-05", version="0.1")
    date = cd.evidence("episodes", "mli-2021-05", "first_act_date", version="0.1")
    assert 0 < len(date) < len(whole)
    assert date.equals(cd.evidence("episodes", "mli-2021-05", "first_act_date_latest", version="0.1"))
    computed = cd.evidence("episodes", "mli-2021-05", "support_score", version="0.1")
    assert set(computed["table_name"]) == {"support"}
    assert computed["record_id"].str.startswith("mli-2021-05/").all()


def test_codebook_of_a_table_and_of_a_computed_column() -> None:
    book = cd.codebook("episodes")
    assert "thirty days" in book.loc["organised_balance", "rule"]
    assert book.loc["organised_balance", "derived_from"] == "support, actors, rule_spells"
    assert cd.codebook("support", "event_date").index.tolist() == ["event_date"]
    assert cd.codebook("responses", "tone")["value"].tolist() == [-2, -1, 0, 1, 2]


def test_compare_wide_and_tidy() -> None:
    wide = cd.compare(["tcd-2021-04", "mli-2020-08"], ["name", "first_act_date"])
    assert wide.columns.tolist() == ["tcd-2021-04", "mli-2020-08"]
    assert wide.loc["first_act_date"].tolist() == ["2021-04-20", "2020-08-18"]
    tidy = cd.compare(["tcd-2021-04"], ["name"], layout="tidy")
    assert tidy.to_dict("records") == [{"episode_id": "tcd-2021-04", "variable": "name", "value": "Chad, April 2021"}]


def test_compare_shows_the_computed_variables() -> None:
    wide = cd.compare("mli-2021-05")
    fields = cd.Edition.find().resource("episodes")["schema"]["fields"]
    bounds = ("_latest", "_precision")
    assert wide.index.tolist() == [f["name"] for f in fields if "derived" in f and not f["name"].endswith(bounds)]


def test_compare_takes_a_name_or_any_names() -> None:
    expected = cd.compare(["mli-2021-05"], ["organised_word"])
    for episodes in ("mli-2021-05", ("mli-2021-05",), {"mli-2021-05"}):
        for variables in ("organised_word", ("organised_word",)):
            assert cd.compare(episodes, variables).equals(expected)
    assert cd.compare("mli-2021-05", (name for name in ["organised_word"])).equals(expected)


@pytest.mark.parametrize("version", [version for version in cd.versions() if version.startswith("0.")])
def test_what_needs_the_tables_of_1_0_says_so(version: str) -> None:
    with pytest.raises(ArgumentError, match=r"compare needs edition 1\.0 or later.*'crisisdata==0\.4\.\*'"):
        cd.compare(["mli-2021-05"], ["name"], version=version)
    with pytest.raises(ArgumentError, match=rf"explain needs edition 1\.0 or later; this is edition {version}"):
        cd.explain("episodes", "mli-2021-05", "name", version)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_imports_stay_light() -> None:
    heavy = (
        "import sys, crisisdata as cd; print([m for m in ('pandas', 'pyarrow', 'numpy', 'json') if m in sys.modules])"
    )
    assert run(heavy) == "[]"
    arrow = "import sys, crisisdata as cd; cd.load(as_='arrow'); print('pandas' in sys.modules)"
    assert run(arrow) == "False"
    polars = "import sys, crisisdata as cd; cd.load('support', as_='polars'); print('pandas' in sys.modules)"
    assert run(polars) == "False"
    reader = "import sys, crisisdata as cd; cd.load(); cd.tables(); cd.evidence('episodes', 'mli-2021-05'); print([m for m in ('yaml', 'pandera', 'typer') if m in sys.modules])"
    assert run(reader) == "[]"


def test_help_and_a_star_need_no_library_that_a_reader_lacks() -> None:
    hide = "import sys; sys.modules['matplotlib'] = sys.modules['seaborn'] = None; "
    described = hide + "import pydoc, crisisdata as cd; print('load(' in pydoc.plain(pydoc.render_doc(cd)))"
    assert run(described) == "True"
    assert run(hide + "from crisisdata import *; print(load.__name__)") == "load"
    assert "figures" in dir(cd)


def test_every_public_name_is_there() -> None:
    for name in [*cd.__all__, "figures"]:
        assert getattr(cd, name).__doc__
    with pytest.raises(AttributeError):
        cd.nothing  # noqa: B018
