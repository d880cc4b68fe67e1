"""The package as others get it: wheel, sdist, command, generated files."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import yaml
from conftest import CHECKOUT, FILES, build_dist, read_schema, write_cases

import crisisdata as cd
from crisisdata._changes import KINDS
from crisisdata._terminal import show
from crisisdata.coding.generate import generated
from crisisdata.coding.jsonschema import case_file_schema
from crisisdata.coding.schema import Schema


def test_generated_files_are_up_to_date() -> None:
    drifted = [path for path, text in generated() if path.read_text("utf-8") != text]
    assert not drifted, "run: make generate"


def test_the_package_belongs_to_the_newest_edition() -> None:
    schema = read_schema()
    newest = cd.versions()[-1]
    assert cd.__version__.rsplit(".", 1)[0] in (newest, schema.version)
    assert schema.is_draft or schema.version == newest == cd.__version__.rsplit(".", 1)[0]


# Wheel and sdist


def tracked(*folders: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *folders], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def test_the_wheel_holds_what_git_tracks(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = tracked("crisisdata")
    expected |= {name.replace("data/processed", "crisisdata/editions_data") for name in tracked("data/processed")}
    expected |= {name.replace("schemas", "crisisdata/schemas_data", 1) for name in tracked("schemas")}
    assert names == expected


@pytest.mark.slow
def test_the_remains_of_publishing_stay_out_of_what_is_built(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(clone)], check=True)
    remains = clone / "data" / "processed" / ".crisisdata-abcdefgh" / "made"
    remains.mkdir(parents=True)
    (remains / "episodes.parquet").write_text("half")
    dist = build_dist(clone, tmp_path / "dist")
    [wheel], [sdist] = dist.glob("*.whl"), dist.glob("*.tar.gz")
    names = zipfile.ZipFile(wheel).namelist()
    with tarfile.open(sdist) as archive:
        names += archive.getnames()
    assert any("editions_data" in name for name in names)
    assert [name for name in names if ".crisisdata-" in name] == []


def read_from(folder: Path, cwd: Path) -> str:
    code = (
        "import crisisdata as cd; assert cd.verify(); print(cd.__file__); "
        "print(*[(v, t, len(cd.load(t, v))) for v in cd.versions() for t in cd.Edition.find(v).tables])"
    )
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=cwd, check=True, capture_output=True, text=True
    )
    where, tables = done.stdout.splitlines()
    assert where.startswith(str(folder))
    return tables


def test_every_edition_loads_from_wheel_and_sdist(dist: Path, tmp_path: Path) -> None:
    [wheel], [sdist] = dist.glob("*.whl"), dist.glob("*.tar.gz")
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    [unpacked] = (tmp_path / "sdist").iterdir()
    tables = [(v, t, len(cd.load(t, v))) for v in cd.versions() for t in cd.Edition.find(v).tables]  # type: ignore[call-overload]
    expected = " ".join(map(str, tables))
    assert read_from(tmp_path / "wheel", tmp_path) == expected
    assert read_from(unpacked, tmp_path) == expected


def test_every_edition_loads_from_a_clone_that_converts_line_ends(tmp_path: Path) -> None:
    """`core.autocrlf=true` is what Git for Windows sets."""
    clone = tmp_path / "clone"
    git = ["git", "-c", "core.autocrlf=true", "-c", "advice.detachedHead=false"]
    subprocess.run([*git, "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(clone)], check=True)
    code = "import crisisdata as cd; print(*[(v, t, len(cd.load(t, v))) for v in cd.versions() if cd.verify(v) for t in cd.Edition.find(v).tables])"
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tables = [(v, t, len(cd.load(t, v))) for v in cd.versions() for t in cd.Edition.find(v).tables]  # type: ignore[call-overload]
    assert done.stdout.strip() == " ".join(map(str, tables))
    status = subprocess.run([*git, "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: text.index("\n0.2,") + 1],  # cut at the end of a line
        lambda text: text[:-10],
        lambda text: "",
        lambda text: text.partition("\n")[0] + "\n",
        lambda text: text.partition("\n")[2],
        lambda text: text + "\n\n",
        lambda text: text + "<<<<<<< HEAD\n",
        lambda text: text + text.splitlines()[-1] + "\n",
    ],
)
def test_a_damaged_list_of_editions_never_makes_an_older_one_the_newest(
    damage: Callable[[str], str], dist: Path, tmp_path: Path
) -> None:
    [wheel] = dist.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    register = tmp_path / "wheel" / "crisisdata" / "editions_data" / "editions.csv"
    register.write_text(damage(register.read_text("utf-8")), encoding="utf-8")
    code = "import crisisdata as cd; print(cd.load().attrs)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "wheel")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "DamagedEditionError: " in done.stderr
    assert "editions.csv" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_case_is_validated_and_built_with_the_wheel(dist: Path, tmp_path: Path) -> None:
    [wheel] = dist.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    write_cases(tmp_path / "mine")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "wheel")}
    for arguments in (["validate", "mine"], ["build", "--cases", "mine", "--out", "edition"]):
        command = [sys.executable, "-c", "from crisisdata.cli import main; main()", *arguments]
        subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert cd.load(version=tmp_path / "edition")["episode_id"].tolist() == ["aaa-2020-01"]


@pytest.mark.slow
def test_an_edition_of_ones_own_takes_over_the_rows_to_which_it_refers(tmp_path: Path) -> None:
    case = (
        FILES["episodes/aaa-2020-01.yaml"]
        .replace("actor_ids: [bloc]", "actor_ids: [au-psc]", 1)
        .replace("decision-1", "icg-2021-05-27")
    )
    write_cases(tmp_path / "mine", FILES | {"episodes/aaa-2020-01.yaml": case})
    done = crisisdata(
        "build", "--cases", str(tmp_path / "mine"), "--out", str(tmp_path / "edition"), "--author", "A. Scholar"
    )
    assert done.returncode == 0, done.stderr
    mine = cd.Edition.find(tmp_path / "edition")
    assert cd.cite(version=mine).startswith("A. Scholar (")
    assert "have not seen it" in cd.stamp(mine)
    assert {"bloc", "au-psc", "au"} <= set(cd.load("actors", mine)["actor_id"])  # the parent of an actor too
    found = cd.evidence("sanctions", "aaa-2020-01/bloc-suspension", version=mine)
    assert found["publisher"].tolist() == ["International Crisis Group"]
    for name, resource in mine.resources.items():
        for key in resource["schema"]["foreignKeys"]:
            target = key["reference"]["resource"] or name
            values = cd.load(name, mine)[key["fields"][0]].dropna()  # type: ignore[call-overload]
            assert set(values) <= set(cd.load(target, mine)[key["reference"]["fields"][0]]), (name, key)  # type: ignore[call-overload]


# The command


def crisisdata(*arguments: str, cwd: Path = CHECKOUT, columns: int = 200) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from crisisdata.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, "COLUMNS": str(columns)})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["tables"], "one measure of one sender"),
        (["codebook", "support"], "speaks_through_id"),
        (["codebook", "support", "direction"], "Bargaining"),
        (["evidence", "episodes", "mli-2021-05", "first_act_date"], "question 1, paragraph 1"),
        (["compare", "mli-2020-08", "mli-2021-05"], "organised_balance"),
        (["cite"], "crisisdata"),
        (["cite", "--format", "bibtex"], "@misc{crisisdata_"),
        (["versions"], "0.1"),
        (["versions", "--json"], '"edition": "0.1"'),
        (["show", "sanctions", "--where", "sender_id=uemoa"], "mli-2021-05/uemoa-financing"),
        (["show", "sanctions", "mli-2021-05/uemoa-financing"], "sanction_id"),
        (["show", "episodes", "mli-2021-05", "--json"], '"first_act_date": "2021-05-24"'),
        (["show", "support", "-c", "direction", "-n", "1000", "-w", "episode_id=mli-2012-04"], "against"),
        (["changes", "0.1", "0.2", "--table", "episodes", "-n", "1000"], "recomputed"),
        (["changes", "0.1", "0.1"], "nothing to show"),
        (["codebook", "episodes", "organised_balance"], "thirty days from the first act"),
        (["cite", "--stamp"], "content hash: sha256:"),
        (["verify", "--version", "0.1"], "edition 0.1: 19 files, all as published"),
        (["validate", "docs/example-case"], "docs/example-case: no faults"),
        (["--help"], "validate"),
        (["-h"], "validate"),
        (["show", "-h"], "--where"),
        (["find", "ecowas", "border", "-n", "100"], "mli-2021-05/ecowas-border-closure"),
    ],
)
def test_commands(arguments: list[str], expected: str) -> None:
    done = crisisdata(*arguments)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
    assert done.stderr == ""


def test_more_changes_than_fit_are_counted_by_kind() -> None:
    done = crisisdata("changes", "0.1", "0.2", "-n", "3")
    assert done.stderr.startswith(
        "3 of 6616 changes (5961 added, 321 recomputed, 176 filled, 148 recoded, 4 table_added"
    )


def on_terminal(*arguments: str, columns: int) -> list[str]:
    """Run the command as in a terminal of that width and return its lines without colours."""
    command = [sys.executable, "-m", "crisisdata", *arguments]
    shown = {"COLUMNS": str(columns), "TTY_COMPATIBLE": "1", "TERM": "xterm"}
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env={**os.environ, **shown})
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines()


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("table", ["episodes", "sanctions", "support", "responses", "reactions", "sources"])
def test_keys_codes_and_dates_stay_whole_on_a_terminal(table: str, columns: int) -> None:
    lines = on_terminal("show", table, "-n", "30", columns=columns)
    assert max(map(len, lines)) <= columns
    words = {word for line in lines for word in line.split()}
    frame = cd.load(table).head(30)
    keys = cd.Edition.find().resource(table)["schema"]["primaryKey"]
    assert {str(key) for name in keys for key in frame[name]} <= words


@pytest.mark.slow
@pytest.mark.parametrize(("table", "second"), [("sanctions", "name"), ("milestones", "name"), ("responses", "summary")])
def test_at_80_columns_names_come_first_and_codes_stay_whole(table: str, second: str) -> None:
    frame = cd.load(table, "1.1")
    for number in (1, 2, 4, 30):  # each leaves another width to the names
        lines = on_terminal("show", table, "--version", "1.1", "-n", str(number), columns=80)
        head = lines[1].split()
        assert head[2] == second
        assert set(head) <= set(frame.columns), "a heading is cut off"
        coded = [name for name in head if frame[name].dtype == "category"]
        words = {word for line in lines for word in line.split()}
        assert {str(value) for name in coded for value in frame[name].head(number).dropna()} <= words


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["sanctions"], ["sanction_id", "imposed_date", "name", "status"]),
        (["milestones"], ["milestone_id", "event_date", "name", "kind"]),
        (["reactions", "--where", "episode_id=mli-2021-05"], ["response_id", "actor_id", "event_date"]),
        (["country_month"], ["iso3", "month", "cow_code"]),
    ],
)
def test_at_80_columns_key_date_name_and_status_stand_side_by_side(arguments: list[str], wanted: list[str]) -> None:
    lines = on_terminal("show", *arguments, "--version", "1.3", "-n", "8", columns=80)
    assert lines[1].split()[: len(wanted)] == wanted


def test_at_80_columns_three_episodes_are_compared_side_by_side() -> None:
    chosen = ["mli-2020-08", "mli-2021-05", "tcd-2021-04"]
    lines = on_terminal("compare", *chosen, "--version", "1.3", columns=80)
    assert [line.split() for line in lines if line.split()[:1] == ["variable"]] == [["variable", *chosen]]


def test_a_narrow_terminal_shows_each_row_as_a_block() -> None:
    lines = on_terminal("show", "support", "--version", "1.1", "-n", "2", "-c", "about", "-c", "form", columns=40)
    assert sum(line.split()[:1] == ["support_id"] for line in lines) == 2


def test_what_is_piped_is_never_folded() -> None:
    lines = crisisdata("show", "support", "-n", "5", columns=40).stdout.strip().splitlines()
    assert len(lines) == 7


def test_a_table_of_episodes_goes_into_several_where_it_is_too_wide() -> None:
    lines = on_terminal("compare", columns=60)
    assert max(map(len, lines)) <= 60
    assert sum(line.split()[:1] == ["variable"] for line in lines) > 1


@pytest.mark.slow
def test_csv_has_all_rows_and_columns() -> None:
    done = crisisdata("show", "sanctions", "--csv")
    frame = pd.read_csv(io.StringIO(done.stdout))
    assert list(frame["sanction_id"]) == list(cd.load("sanctions")["sanction_id"])
    assert list(frame.columns) == list(cd.load("sanctions").columns)
    assert len(json.loads(crisisdata("show", "sanctions", "--json").stdout)) == len(frame)
    assert "are mutually exclusive" in crisisdata("show", "sanctions", "--csv", "--json").stderr


@pytest.mark.parametrize(
    "words", ["ecowas border", "CEDEAO border", "Goïta", "goita", "Ndaw", "N'Daw", "uemoa_financing"]
)
def test_rows_are_found_in_every_spelling(words: str) -> None:
    found = cd.find(words)
    assert len(found) > 0
    assert found.columns.tolist() == ["table_name", "record_id", "date", "label"]


def test_spellings_find_the_same_rows() -> None:
    assert cd.find("N'Daw")["record_id"].tolist() == cd.find("ndaw")["record_id"].tolist()
    assert cd.find("goïta")["record_id"].tolist() == cd.find("GOITA")["record_id"].tolist()
    assert cd.find("xyzzy").empty
    with pytest.raises(cd.CrisisDataError, match="one or more words"):
        cd.find(" ' ")


@pytest.mark.parametrize("module", [["-m", "crisisdata"], ["-c", "from crisisdata.cli import main; main()"]])
def test_the_version_of_the_package(module: list[str]) -> None:
    done = subprocess.run([sys.executable, *module, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"crisisdata {cd.__version__}, newest edition {cd.versions()[-1]}\n"


def test_the_command_reads_an_edition_in_a_folder() -> None:
    by_path = crisisdata("show", "sanctions", "--json", "--version", str(cd.Edition.find("0.4").folder))
    assert by_path.stdout == crisisdata("show", "sanctions", "--json", "--version", "0.4").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["codebook", "suport"], "did you mean 'support'"),
        (["verify", "--version", "9.9"], "Available: 0.1"),
        (["export", "README.md", "--format", "json"], "its name must end in .json"),
        (["show", "sanctions", "nothing"], "there is no record 'nothing'"),
        (["show", "sanctions", "--where", "sender=uemoa"], "did you mean 'sender_id'"),
        (
            ["show", "responses", "mli-2021-05/partners-accept-2020-precedent"],
            "nothing replaces it",
        ),
        (["changes", "0.2", "0.1"], "is in reverse order"),
        (["validate", "nowhere.yaml"], "there are no case files at nowhere.yaml"),
    ],
)
def test_errors_of_commands_are_messages(arguments: list[str], expected: str) -> None:
    done = crisisdata(*arguments)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_exports(tmp_path: Path) -> None:
    arguments = [
        "export",
        "coups.json",
        "--format",
        "json",
        "--table",
        "actors",
        "--table",
        "support",
        "--version",
        "0.1",
    ]
    assert crisisdata(*arguments, cwd=tmp_path).stdout == "wrote coups.json\n"
    assert list(json.loads((tmp_path / "coups.json").read_text("utf-8"))["tables"]) == ["support", "actors"]
    again = crisisdata(*arguments, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "--overwrite" in again.stderr
    assert crisisdata(*arguments, "--overwrite", cwd=tmp_path).returncode == 0


def test_faults_of_a_case_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    case = "episodes/aaa-2020-01.yaml"
    write_cases(tmp_path, FILES | {case: FILES[case].replace("actor_id: union", "actor_id: unin")})
    done = crisisdata("build", "--cases", str(tmp_path), "--out", str(tmp_path / "edition"))
    assert done.returncode == 1
    assert re.search(
        r"aaa-2020-01\.yaml:\d+: support\[0\]\.actor_id: there is no 'unin' in actors; did you mean 'union'",
        done.stderr,
    )
    assert done.stderr.rstrip().endswith("1 fault; nothing was written.")
    assert not (tmp_path / "edition").exists()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_gets_a_message(tmp_path: Path) -> None:
    write_cases(tmp_path / "cases")
    (tmp_path / "file").write_text("mine")
    for place, expected in (("file", "already exists and is not an edition"), ("/proc/edition", "Nothing was changed")):
        done = crisisdata("build", "--cases", str(tmp_path / "cases"), "--out", str(tmp_path / place))
        assert done.returncode == 1
        assert expected in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_every_command_is_in_the_readme_or_docs() -> None:
    documented = "".join(
        page.read_text("utf-8") for page in [CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")]
    )
    listed = re.findall(r"│ (\w+) ", crisisdata("--help").stdout.split("Options")[1])
    assert listed
    assert [name for name in listed if f"crisisdata {name}" not in documented] == []


# The JSON Schema of case files


def as_editors_read(path: Path) -> object:
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("root", ["episodes", "context", "candidates"])
def test_case_files_conform_to_the_json_schema(root: str, schema: Schema) -> None:
    validator = jsonschema.Draft202012Validator(case_file_schema(schema.tables[root], schema))
    validator.check_schema(validator.schema)
    files = sorted((CHECKOUT / "data" / "raw" / root).rglob("*.yaml"))
    assert files
    for file in files:
        assert [error.message for error in validator.iter_errors(as_editors_read(file))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("direction: against", "direction: angry"),
        ("event_date: 2020-01-03", "event_date: yesterday"),
        ("deaths_low: 1", "deaths_low: one"),
        ("    category: military", "    kategory: military"),
        ("    summary: The union objected.\n", ""),
    ],
)
def test_the_json_schema_refuses_what_the_build_refuses(old: str, new: str, cases: Path, schema: Schema) -> None:
    validator = jsonschema.Draft202012Validator(case_file_schema(schema.tables["episodes"], schema))
    case = "episodes/aaa-2020-01.yaml"
    assert validator.is_valid(as_editors_read(cases / case))
    assert old in FILES[case]
    write_cases(cases, {case: FILES[case].replace(old, new, 1)})
    assert not validator.is_valid(as_editors_read(cases / case))


def test_the_descriptor_is_json_that_other_tools_can_read() -> None:
    descriptor = json.loads((cd.Edition.find().folder / "datapackage.json").read_text("utf-8"))
    for resource in descriptor["resources"]:
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", resource["hash"])
        assert resource["grain"]
        assert resource["population"]
        assert all(field["description"] for field in resource["schema"]["fields"])


@pytest.mark.parametrize(
    ("condition", "status", "expected"),
    [
        ("follows_episode_id=", 0, "tcd-2021-04"),
        ("coercion=7", 0, "mli-2012-03"),
        ("first_act_date=2012-03-21", 0, "mli-2012-03"),
        ("outcome=sucessful", 1, "no code 'sucessful' in outcome, table 'episodes'"),
        ("outcome", 1, "must have the form column=value"),
        ("iso3=Mali", 1, "no value 'Mali' in iso3, table 'episodes', edition 1.4; did you mean 'MLI'?"),
    ],
)
def test_conditions(condition: str, status: int, expected: str) -> None:
    done = crisisdata("show", "episodes", "--where", condition)
    assert done.returncode == status, done.stderr
    assert expected in (done.stderr if status else done.stdout)


def test_an_unknown_kind_of_change_is_refused() -> None:
    done = crisisdata("changes", "0.1", "0.2", "--kind", "recode")
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean 'recoded'" in done.stderr
    codes = cd.codebook("changes", "kind")
    assert set(codes.index) <= set(KINDS)


def test_tables_can_be_written_in_any_encoding() -> None:
    command = [
        sys.executable,
        "-c",
        "from crisisdata.cli import main; main()",
        "show",
        "actors",
        "--json",
        "-n",
        "1000",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert [row["name"] for row in json.loads(done.stdout)] == cd.load("actors")["name"].tolist()
    command.remove("--json")
    shown = subprocess.run([*command, "-c", "name"], capture_output=True, env=environment, check=True)
    assert b"Assimi Go?ta" in shown.stdout


def test_a_terminal_shows_texts_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show(pd.DataFrame({"text": ["[sic] said :smile: he[/b]"]}), index=False)
    assert "[sic] said :smile: he[/b]" in capsys.readouterr().out


def test_json_goes_to_whatever_stands_for_the_output() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as written:
        show(pd.DataFrame({"text": ["é"]}), form="json", index=False)
    assert json.loads(written.getvalue()) == [{"text": "é"}]
