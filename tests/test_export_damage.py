"""An export is at its place whole or not at all, and nothing that was there is lost."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import crisisdata as cd
from crisisdata._atomic import write_atomically
from crisisdata._editions import sha256
from crisisdata._export import FORMATS
from crisisdata.errors import ArgumentError, DestinationExistsError, ExportError, UnknownNameError

FOLDERS = [name for name in FORMATS if FORMATS[name].folder]
# Of the whole edition, these three take seconds each.
SLOW = ("excel", "spss", "stata")
SLOW_FORMATS = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in FORMATS]
RACES = 100
# Bytes at which writing stops: at once, in the first table, in a later one, near the end.
SIZES = [0, 1, 4_096, 30_000, 200_000]


def place_for(name: str, folder: Path) -> Path:
    return folder / f"coups{'' if FORMATS[name].folder else FORMATS[name].ending}"


def contents(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else sorted(place.rglob("*"))
    return {str(file.relative_to(place.parent)): file.read_bytes() for file in files if file.is_file()}


def run(code: str, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True)


# What already exists


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_there_is_refused(name: str, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    place.write_text("mine")
    with pytest.raises(DestinationExistsError, match="already exists.*overwrite=True .--overwrite"):
        cd.export(name, place, "actors")  # type: ignore[arg-type]
    assert contents(tmp_path) == {f"{tmp_path.name}/{place.name}": b"mine"}


def test_an_empty_folder_and_a_broken_link_are_there_too(tmp_path: Path) -> None:
    (tmp_path / "coups").mkdir()
    with pytest.raises(DestinationExistsError):
        cd.export("csv", tmp_path / "coups", "actors")
    (tmp_path / "target.json").write_text("mine")
    (tmp_path / "link.json").symlink_to("target.json")
    with pytest.raises(DestinationExistsError):
        cd.export("json", tmp_path / "link.json", "actors")
    assert (tmp_path / "target.json").read_text() == "mine"


@pytest.mark.parametrize("name", FORMATS)
def test_an_earlier_export_is_replaced_where_that_is_allowed(name: str, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    cd.export(name, place, ["actors", "countries"])  # type: ignore[arg-type]
    before = contents(place)
    cd.export(name, place, ["countries"], overwrite=True)  # type: ignore[arg-type]
    after = contents(place)
    assert after != before
    assert not any("actors" in file for file in after)
    assert [each.name for each in tmp_path.iterdir()] == [place.name]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_with_anything_else_is_not_replaced(name: str, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    with pytest.raises(DestinationExistsError, match="no crisisdata-export.json from an earlier export"):
        cd.export(name, place, "actors", overwrite=True)  # type: ignore[arg-type]
    (place / "thesis.txt").rename(tmp_path / "thesis.txt")
    place.rmdir()
    cd.export(name, place, "actors")  # type: ignore[arg-type]
    (tmp_path / "thesis.txt").rename(place / "thesis.txt")
    with pytest.raises(DestinationExistsError, match=r"it contains thesis\.txt, which no export created"):
        cd.export(name, place, "actors", overwrite=True)  # type: ignore[arg-type]
    (place / "thesis.txt").unlink()
    table = place / f"actors{FORMATS[name].ending}"
    table.write_bytes(table.read_bytes() + b"mine")
    with pytest.raises(DestinationExistsError, match="was changed after the export"):
        cd.export(name, place, "actors", overwrite=True)  # type: ignore[arg-type]
    assert table.read_bytes().endswith(b"mine")


@pytest.mark.parametrize("name", FOLDERS)
def test_an_edition_is_never_replaced(name: str, tmp_path: Path) -> None:
    edition = tmp_path / "0.1"
    shutil.copytree(cd.Edition.find("0.1").folder, edition)
    before = contents(edition)
    with pytest.raises(DestinationExistsError, match="it is an edition, not an export"):
        cd.export(name, edition, "actors", overwrite=True)  # type: ignore[arg-type]
    for place in (edition / "datapackage.json", edition / "coups.json"):
        with pytest.raises(ExportError, match="is inside the edition"):
            cd.export("json", place, "actors", overwrite=True)
    assert contents(edition) == before


def test_files_that_others_list_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "disk.iso").write_text("mine")
    (tmp_path / "images" / "SHA256SUMS").write_text(f"{sha256(b'mine')}  disk.iso\n")
    with pytest.raises(DestinationExistsError, match="no crisisdata-export.json from an earlier export"):
        cd.export("csv", tmp_path / "images", "actors", overwrite=True)
    assert (tmp_path / "images" / "disk.iso").read_text() == "mine"


@pytest.mark.parametrize("name", FOLDERS)
def test_files_of_ones_own_with_their_own_checksums_are_not_replaced(name: str, tmp_path: Path) -> None:
    """Neither alone, nor in the folder of an export whose checksums were made again."""
    mine = tmp_path / "coups"
    mine.mkdir()
    (mine / f"x{FORMATS[name].ending}").write_text("mine")
    sums = f"{sha256(b'mine')}  x{FORMATS[name].ending}\n"
    (mine / "SHA256SUMS").write_text(sums)
    with pytest.raises(DestinationExistsError, match="no crisisdata-export.json"):
        cd.export(name, mine, "actors", overwrite=True)  # type: ignore[arg-type]
    made = cd.export(name, tmp_path / "made", "actors")  # type: ignore[arg-type]
    (made / f"x{FORMATS[name].ending}").write_text("mine")
    with (made / "SHA256SUMS").open("a") as stream:
        stream.write(sums)
    with pytest.raises(DestinationExistsError, match=r"its crisisdata-export\.json and SHA256SUMS do not match"):
        cd.export(name, made, "actors", overwrite=True)  # type: ignore[arg-type]
    for folder in (mine, made):
        assert (folder / f"x{FORMATS[name].ending}").read_text() == "mine"


@pytest.mark.parametrize("place", ["made", "replaced", "done", "x" * 250])
def test_any_name_can_be_exported_to(place: str, tmp_path: Path) -> None:
    for _ in range(2):
        cd.export("csv", tmp_path / place, "actors", overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == [place]


def test_a_file_and_a_folder_do_not_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "coups").write_text("mine")
    with pytest.raises(DestinationExistsError, match="it is a file"):
        cd.export("csv", tmp_path / "coups", overwrite=True)
    (tmp_path / "coups.json").mkdir()
    with pytest.raises(DestinationExistsError, match="it is a folder"):
        cd.export("json", tmp_path / "coups.json", overwrite=True)


def test_what_is_asked_wrongly(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="got 'spss2'; did you mean 'spss'"):
        cd.export("spss2", tmp_path / "x")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"the export is a folder.*leave \.dta out"):
        cd.export("stata", tmp_path / "x.dta")
    with pytest.raises(ArgumentError, match=r"its name must end in \.xlsx"):
        cd.export("excel", tmp_path / "x")
    with pytest.raises(UnknownNameError, match="did you mean 'actors'"):
        cd.export("csv", tmp_path / "x", ["actor"])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="must name at least one table"):
        cd.export("csv", tmp_path / "x", [])
    with pytest.raises(ExportError, match="No such file or directory. Nothing was changed there"):
        cd.export("csv", tmp_path / "nowhere" / "x")
    assert list(tmp_path.iterdir()) == []


# A full disk

_LIMITED = """
import resource, sys
import crisisdata as cd
from crisisdata.errors import ExportError
name, place, size = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
try:
    cd.export(name, place, overwrite=True)
except ExportError as error:
    print(error)
"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SLOW_FORMATS)
def test_files_that_cannot_grow(name: str, size: int, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    cd.export(name, place, "actors")  # type: ignore[arg-type]
    before = contents(tmp_path)
    done = run(_LIMITED, tmp_path, name, str(place), str(size))
    assert done.returncode == 0, done.stderr
    assert "could not be written" in done.stdout
    assert "Nothing was changed there." in done.stdout
    assert contents(tmp_path) == before


@pytest.fixture(scope="module")
def small_disk() -> Iterator[Path]:
    """A file system of its own with 400 kB."""
    folder = Path(tempfile.mkdtemp())
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True) if shutil.which("mount") else None
    if done is None or done.returncode:
        folder.rmdir()
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip() if done else 'there is no mount'}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.parametrize("name", SLOW_FORMATS)
def test_a_disk_that_is_full(name: str, small_disk: Path) -> None:
    place = place_for(name, small_disk)
    cd.export(name, place, "memberships")  # type: ignore[arg-type]
    before = contents(small_disk)
    try:
        with pytest.raises(ExportError, match="could not be written"):
            cd.export(name, place, overwrite=True)  # type: ignore[arg-type]
        assert contents(small_disk) == before
    finally:
        for file in small_disk.iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()


# A folder that cannot be written


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_that_is_read_only(name: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        edition = shutil.copytree(cd.Edition.find("0.1").folder, folder / "edition")
        place = place_for(name, folder)
        cd.export(name, place, "actors", edition)  # type: ignore[arg-type]
        before = contents(folder)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # whom no permission stops
            os.seteuid(65_534)
        try:
            with pytest.raises(ExportError, match="Permission denied. Nothing was changed there"):
                cd.export(name, place, "actors", edition, overwrite=True)  # type: ignore[arg-type]
            with pytest.raises(ExportError, match="Permission denied"):
                cd.export(name, place.with_stem("other"), "actors", edition)  # type: ignore[arg-type]
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
        assert contents(folder) == before


# Two at once, and one that is killed


def _export(name: str, place: str, tables: str, overwrite: bool, barrier: object) -> str:
    barrier.wait()  # type: ignore[attr-defined]
    try:
        cd.export(name, place, tables.split(","), overwrite=overwrite)  # type: ignore[arg-type, list-item]
    except DestinationExistsError:
        return "refused"
    return "made"


def at_once(name: str, place: Path, tables: list[str], *, overwrite: bool) -> list[str]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(len(tables)) as pool:
        barrier = manager.Barrier(len(tables))
        asked = [(name, str(place), each, overwrite, barrier) for each in tables]
        return sorted(pool.starmap(_export, asked, chunksize=1))


@pytest.mark.parametrize("name", FORMATS)
def test_of_exports_to_one_place_at_once_one_is_made(name: str, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    assert at_once(name, place, ["actors", "actors,countries", "countries"], overwrite=False) == [
        "made",
        "refused",
        "refused",
    ]
    assert [each.name for each in tmp_path.iterdir()] == [place.name]
    cd.export(name, place, "memberships", overwrite=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FORMATS)
def test_exports_that_replace_each_other_leave_a_whole_one(name: str, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    wholes = []
    for number, table in enumerate(["actors", "countries", "memberships"]):
        (tmp_path / str(number)).mkdir()
        wholes.append(contents(cd.export(name, place_for(name, tmp_path / str(number)), table)))  # type: ignore[arg-type]
        shutil.rmtree(tmp_path / str(number))
    cd.export(name, place, "actors")  # type: ignore[arg-type]
    assert "made" in at_once(name, place, ["actors", "countries", "memberships"], overwrite=True)
    left = contents(place)
    assert set(left) in [set(whole) for whole in wholes]
    assert all(left.values())


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("folder", [False, True])
def test_many_races_to_one_place(folder: bool, overwrite: bool, tmp_path: Path) -> None:
    """What is left is one of the things that were put there, whole; without leave to replace, the first of them."""

    def write(text: str, made: Path) -> None:
        for file in (made / "a", made / "b") if folder else (made,):
            file.write_text(text)

    def race(place: Path, text: str) -> str | None:
        try:
            write_atomically(place, partial(write, text), folder=folder, overwrite=overwrite)
        except DestinationExistsError:
            return None
        return text

    with ThreadPoolExecutor(8) as pool:
        for number in range(RACES):
            place = tmp_path / str(number)
            made = [text for text in pool.map(race, [place] * 8, "abcdefgh") if text]
            left = {file.read_text() for file in ((place / "a", place / "b") if folder else (place,))}
            assert len(left) == 1
            assert left <= set(made)
            assert overwrite or len(made) == 1
            assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


_SLOW = """
import sys, time
import crisisdata as cd
from crisisdata._writers.selection import Sheet
def slow(self):
    print("named", flush=True)
    time.sleep(0.02)
    return self.resource["name"]
Sheet.name = property(slow)
cd.export(sys.argv[1], sys.argv[2], overwrite=True)
"""


# Tables are named as they are written; the flat file is one table, which is made of four.
@pytest.mark.parametrize(
    ("name", "after"),
    [
        pytest.param(n, after, marks=[pytest.mark.slow] * (n in SLOW))
        for n in FORMATS
        for after in ((1,) if n == "flat" else (1, 20))
    ],
)
def test_an_export_that_is_killed(name: str, after: int, tmp_path: Path) -> None:
    place = place_for(name, tmp_path)
    cd.export(name, place, "actors")  # type: ignore[arg-type]
    before = contents(place)
    command = [sys.executable, "-c", _SLOW, name, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(after):
            assert process.stdout.readline() == "named\n"
        process.send_signal(signal.SIGKILL)
    assert contents(place) == before
    cd.export(name, place, "countries", overwrite=True)  # type: ignore[arg-type]


def test_an_export_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM is what a batch system sends first."""
    code = _SLOW.replace(
        "cd.export(sys.argv[1], sys.argv[2], overwrite=True)", "from crisisdata.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "export", "--format", "csv", str(tmp_path / "coups")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "named\n"
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_remains_are_put_in_order_by_the_next_export(tmp_path: Path) -> None:
    """Every operation on files at which a program can be killed; `attack/kills.py` does the same by the clock."""
    script = Path(__file__).parent / "attack" / "kills.py"
    done = subprocess.run([sys.executable, script, "--operations"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost, 0 half-visible, 0 left" in done.stdout


@pytest.mark.parametrize("exchange", [False, True])
def test_what_is_changed_while_it_is_being_replaced_stays(
    exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:  # as on systems that cannot
        monkeypatch.setattr("crisisdata._atomic._exchange", lambda *_: False)
    place = cd.export("csv", tmp_path / "coups", "actors")

    def write(made: Path) -> None:
        (made / "new").write_text("new")
        (place / "actors.csv").write_text("mine")

    with pytest.raises(DestinationExistsError, match=r"actors\.csv was changed after the export"):
        write_atomically(place, write, folder=True, overwrite=True)
    assert (place / "actors.csv").read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["coups"]


def test_what_looks_like_remains_and_is_not_stays(tmp_path: Path) -> None:
    for name in (".crisisdata-notes", ".crisisdata-12345678", ".crisisdata-abc"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("mine")
    cd.export("json", tmp_path / "x.json", "actors")
    assert len(list(tmp_path.glob(".crisisdata-*/thesis.txt"))) == 3


# What the command says where its output cannot be written


@pytest.mark.parametrize(
    "arguments", [["export", "x.json", "--format", "json", "--table", "actors"], ["tables"], ["cite"]]
)
def test_an_output_that_is_full_is_named_and_nothing_else_is_said(arguments: list[str], tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    command = [sys.executable, "-c", "from crisisdata.cli import main; main()", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "the output could not be written: No space left on device.\n")
    assert (tmp_path / "x.json").exists() == ("export" in arguments)


@pytest.mark.parametrize(
    "arguments", [["show", "evidence", "--limit", "3000"], ["show", "evidence", "--json"], ["cite"]]
)
def test_a_reader_who_has_enough_is_no_fault(arguments: list[str]) -> None:
    command = [sys.executable, "-c", "from crisisdata.cli import main; main()", *arguments]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Errno" not in done.stderr
