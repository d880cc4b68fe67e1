"""How the build grows: 10 to 10,000 made-up case files, beside the time that parsing their YAML alone takes.

Each size runs in a process of its own, which reports its own peak memory. The case files are copies of
one of the dataset, each an episode of a country and month of its own.

Usage: python benchmarks/building.py [SIZE ...]
"""

from __future__ import annotations

import json
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


def make_cases(folder: Path, number: int) -> None:
    (folder / "episodes").mkdir(parents=True)
    for name in ("actors.csv", "sources.csv", "countries.csv"):
        shutil.copy(RAW / name, folder / name)
    # One file with all sections, as the sizes were measured before.
    model = "".join(part.read_text("utf-8") for part in sorted(MODEL.glob("*.yaml")))
    model = model.replace("follows_episode_id: mli-2012-03", "")
    for n in range(number):
        (folder / "episodes" / f"case-{n}.yaml").write_text(model.replace(MODEL.name, f"{MODEL.name}-{n}"), "utf-8")


def measure(folder: Path) -> dict[str, float]:
    from crisisdata.coding.publish import publish
    from crisisdata.coding.schema import Schema
    from crisisdata.coding.validate import read_coding

    files = sorted((folder / "episodes").glob("*.yaml"))
    start = time.perf_counter()
    for file in files:
        yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    parsed = time.perf_counter()
    coding = read_coding(folder, Schema.read())
    publish(coding, folder / "edition")
    built = time.perf_counter()
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
