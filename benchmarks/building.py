"""How the build grows: 10 to 10,000 made-up case files, beside the time that parsing their YAML alone takes.

Each size runs in a process of its own, which reports its own CPU time and peak memory. The case files are copies of
one of the dataset, each in a month of its own.

Usage: python benchmarks/building.py [SIZE ...]
"""

from __future__ import annotations

import csv
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"
MODEL = RAW / "episodes" / "mli-2012-12"


DATE = re.compile(r"(?<=[ \"/])(\d{4})(-\d{2})?(-\d{2})?(?=[\"/~\n])")
CASTS = 24  # what a case says of half a year overlaps with what its neighbours say, so these have other actors


def make_cases(folder: Path, number: int) -> None:
    """Write case files that are valid: two that tell of the same actor and day would be refused as one act in two rows."""
    (folder / "episodes").mkdir(parents=True)
    for name in ("sources.csv", "countries.csv", "publishers.csv"):
        shutil.copy(RAW / name, folder / name)
    with (RAW / "actors.csv").open(encoding="utf-8", newline="") as file:
        actors = list(csv.DictReader(file))
    with (folder / "actors.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(actors[0]))
        writer.writeheader()
        writer.writerows(recast(actor, cast) for cast in range(CASTS) for actor in actors)
    known = "|".join(re.escape(actor["actor_id"]) for actor in actors)
    played = re.compile(rf"((?:_id|  -)(?::)? )({known})$", re.MULTILINE)
    # One file with all sections, as the sizes were measured before.
    model = "".join(part.read_text("utf-8") for part in sorted(MODEL.glob("*.yaml")))
    model = re.sub(r"\n +(- follows_episode_id$|follows_episode_id: .*)", "", model, flags=re.MULTILINE)
    header, *pairs = (RAW / "distinct_pairs.csv").read_text("utf-8").splitlines()
    pairs = [pair for pair in pairs if pair.count(f",{MODEL.name}/") == 2]
    copied = [header]
    for n in range(number):
        name = earlier(MODEL.name, n)
        text = played.sub(rf"\1\2-{n % CASTS}", model.replace(f"{MODEL.name}/", f"{name}/"))
        text = DATE.sub(lambda found, n=n: shifted(found, n), text)  # type: ignore[misc]
        (folder / "episodes" / f"{name}.yaml").write_text(
            re.sub(rf"( |- ){MODEL.name}$", rf"\1{name}", text, flags=re.MULTILINE), "utf-8"
        )
        copied += [pair.replace(f",{MODEL.name}/", f",{name}/") for pair in pairs]
    (folder / "distinct_pairs.csv").write_text("\n".join([*copied, ""]), "utf-8")


def recast(actor: dict[str, str], cast: int) -> dict[str, str]:
    """Return an actor under another id and name."""
    ids = {name: f"{actor[name]}-{cast}" for name in ("actor_id", "parent_id", "bloc_id") if actor[name]}
    return {**actor, **ids, "name": f"{actor['name']} {cast}", "name_fr": "", "aliases": "", "acronym": ""}


def shifted(found: re.Match[str], months: int) -> str:
    year, month, day = found.groups()
    return earlier(year + (month or "-01"), months)[: 7 if month else 4] + min(day or "", "-28")


def earlier(text: str, months: int) -> str:
    """Return a text in which the month at its end lies so many months earlier."""
    year, month = divmod(12 * int(text[-7:-3]) + int(text[-2:]) - 1 - months, 12)
    return f"{text[:-7]}{year:04}-{month + 1:02}"


def measure(folder: Path) -> dict[str, float]:
    from crisisdata.coding.publish import publish
    from crisisdata.coding.schema import Schema
    from crisisdata.coding.validate import read_coding

    files = sorted((folder / "episodes").glob("*.yaml"))
    start = time.process_time()
    for file in files:
        yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    parsed = time.process_time()
    coding = read_coding(folder, Schema.read())
    publish(coding, folder / "edition")
    built = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "parse": parsed - start,
        "build": built - parsed,
        "peak": peak,
        "bytes": sum(f.stat().st_size for f in files),
    }


def main(sizes: list[int]) -> None:
    print(
        "| case files | MB of YAML | parsing alone, s | build, s | times parsing | ms for each file | peak memory, MB |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "cases"
            make_cases(folder, size)
            done = subprocess.run(
                [sys.executable, __file__, "--measure", str(folder)], check=True, capture_output=True, text=True
            )
        m = json.loads(done.stdout)
        print(
            f"| {size:,} | {m['bytes'] / 1e6:.1f} | {m['parse']:.2f} | {m['build']:.2f} | {m['build'] / m['parse']:.2f} "
            f"| {1000 * m['build'] / size:.1f} | {m['peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main([int(text) for text in sys.argv[1:]] or [10, 100, 1_000, 10_000])
