"""How long the site takes to write, how large it is, and how soon a dossier is seen.

The first view of the largest dossier in Chromium is compared with a page that holds the same tables as
`DataFrame.to_html` writes them: run with the extra `browser`, Debian's Chromium, and no other load. How the time grows is measured on editions of copies of
one episode, without downloads.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from building import make_cases
from playwright.sync_api import sync_playwright

import crisisdata as cd

EPISODE = "mli-2021-05"
TABLES = (
    "triggers",
    "support",
    "polls",
    "responses",
    "response_items",
    "sanctions",
    "sanction_events",
    "authority_acts",
    "milestones",
)
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
REPEATS = 7
NUMBERS = (10, 20, 40, 80)


def plain_page(folder: Path) -> Path:
    """Write the tables of the episode, with their readings, as pandas does."""
    parts = ["<!doctype html><meta charset=utf-8>"]
    for table in TABLES:
        frame = cd.load(table)
        own = frame[frame.iloc[:, 0].str.startswith(f"{EPISODE}/")]
        parts.append(own.to_html())
    readings = cd.load("evidence")
    parts.append(
        readings[readings["record_id"].str.startswith(EPISODE)].merge(cd.load("sources"), on="source_id").to_html()
    )
    file = folder / "plain.html"
    file.write_text("\n".join(parts), encoding="utf-8")
    return file


def growth(number: int, folder: Path) -> float:
    """Return the seconds that the site of an edition of so many copies of one episode takes, of the processor."""
    make_cases(folder / "cases", number)
    build = [
        "build",
        "--cases",
        str(folder / "cases"),
        "--out",
        str(folder / "own"),
        "--name",
        "copies",
        "--author",
        "x",
    ]
    subprocess.run([sys.executable, "-m", "crisisdata", *build], check=True, capture_output=True)
    began = time.process_time()
    cd.site(folder / "site", folder / "own", formats=[])
    return time.process_time() - began


def main() -> None:
    for number in NUMBERS:
        with tempfile.TemporaryDirectory() as scratch:
            seconds = growth(number, Path(scratch))
        print(f"{number} episodes: {seconds:.1f} s, {1000 * seconds / number:.0f} ms each", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        site = cd.site(Path(scratch, "site"))
        seconds = time.perf_counter() - began
        files = [file for file in site.rglob("*") if file.is_file()]
        dossier = site / "episodes" / f"{EPISODE}.html"
        print(f"written in {seconds:.1f} s: {len(files)} files, {sum(f.stat().st_size for f in files) / 2**20:.1f} MiB")
        plain = plain_page(Path(scratch))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            seen: dict[str, list[tuple[float, float]]] = {"dossier": [], "to_html": []}
            for _ in range(REPEATS):
                for name, file in (("dossier", dossier), ("to_html", plain)):
                    page = browser.new_page()
                    page.goto(file.as_uri())
                    page.wait_for_function(PAINTED)
                    seen[name].append((page.evaluate(PAINTED), page.evaluate(LOADED)))
                    page.close()
            browser.close()
        for name, file in (("dossier", dossier), ("to_html", plain)):
            painted, loaded = (statistics.median(each) for each in zip(*seen[name], strict=True))
            print(f"{name}: {file.stat().st_size / 1e6:.2f} MB, first view {painted:.0f} ms, loaded {loaded:.0f} ms")
        first = [statistics.median(p for p, _ in seen[name]) for name in seen]
        whole = [statistics.median(w for _, w in seen[name]) for name in seen]
        print(f"ratio: first view {first[0] / first[1]:.2f}, loaded {whole[0] / whole[1]:.2f}")


if __name__ == "__main__":
    main()
