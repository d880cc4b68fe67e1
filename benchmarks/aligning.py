"""What aligning costs: `crisisdata.align` beside DuckDB SQL written by hand and the pandas merge that a user would write.

Events are generated as Parquet, a tenth of them in Mali and Chad. Each measurement is a new process, in turn with the
others, so that noise meets all of them alike; the least of the times is reported, since noise only ever adds. Time is that
of the call, after imports; memory is the peak of the process. All ways must give the same table.

Usage: python benchmarks/aligning.py FOLDER [--sizes 6 7 8] [--rounds 5] [--merge-up-to 8] [--spark] [--plot FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

GENERATE = """
import duckdb, crisisdata as cd
others = [code for code in cd.load("countries")["iso3"] if code not in ("MLI", "TCD")][:18]
places = ", ".join(f"'{code}'" for code in ["MLI", "TCD", *others])
duckdb.sql(f'''copy (
    select date '2010-01-01' + (hash(i) % 5844)::int as day, [{places}][1 + (hash(i * 7 + 1) % 20)::int] as iso3,
           (hash(i * 3 + 2) % 5)::int as deaths, (hash(i * 11 + 5) % 100)::int as kind
    from range({rows}) numbers(i)
) to '{file}' (format parquet)''')
"""
ALIGN = """
import crisisdata as cd
def run():
    return cd.align(FILE, date="day", country="iso3", value="deaths")
"""
SQL = """
import duckdb, crisisdata as cd
QUERY = '''
with anchors as (select episode_id, iso3, first_act_date::date as anchor from EPISODES),
grid as (
    select episode_id, iso3, anchor, number::int as day, (anchor + number::int)::date as date
    from anchors, range(-180, 366) numbers(number)
),
spans as (select iso3, min(day) as first, max(day) as last from EVENTS semi join anchors using (iso3) group by iso3),
counts as (
    select episode_id, e.day - anchor as day, count(*) as events, sum(deaths) as deaths
    from EVENTS e join anchors a on e.iso3 = a.iso3 and e.day between anchor - 180 and anchor + 365
    group by all
)
select episode_id, grid.day,
       case when events is null and date between first and last then 0 else events end as events,
       case when events is null and date between first and last then 0 else deaths end as deaths_sum
from grid left join spans using (iso3) left join counts using (episode_id, day)
order by iso3, anchor, grid.day
'''
def run():
    query = QUERY.replace("EPISODES", f"'{cd.path('episodes')}'").replace("EVENTS", f"'{FILE}'")
    return duckdb.connect().execute(query).df()
"""
PANDAS = """
import pandas as pd, crisisdata as cd
def run():
    episodes = cd.load()[["episode_id", "iso3", "first_act_date"]]
    events = pd.read_parquet(FILE, columns=["day", "iso3", "deaths"])
    events["day"] = pd.to_datetime(events["day"])
    spans = events.groupby("iso3")["day"].agg(["min", "max"])
    merged = events.merge(episodes, on="iso3")
    merged["number"] = (merged["day"] - merged["first_act_date"]).dt.days
    merged = merged[merged["number"].between(-180, 365)]
    counts = merged.groupby(["episode_id", "number"])["deaths"].agg(events="size", deaths_sum="sum")
    grid = episodes.merge(pd.DataFrame({"number": range(-180, 366)}), how="cross")
    grid = grid.join(spans, on="iso3").join(counts, on=["episode_id", "number"])
    date = grid["first_act_date"] + pd.to_timedelta(grid["number"], unit="D")
    covered = date.between(grid["min"], grid["max"])
    for name in ("events", "deaths_sum"):
        grid[name] = grid[name].mask(grid[name].isna() & covered, 0)
    return grid.rename(columns={"number": "day"})
"""
SPARK = """
import ibis, warnings
warnings.simplefilter("ignore")
import crisisdata as cd
from pyspark.sql import SparkSession
session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
           .config("spark.sql.shuffle.partitions", "4").config("spark.driver.memory", "4g").getOrCreate())
connection = ibis.pyspark.connect(session)
def run():
    table = connection.read_parquet(FILE)
    return cd.align(table, date="day", country="iso3", value="deaths").to_pyarrow().to_pandas()
"""
MEASURE = """
import json, resource, sys, time
start = time.perf_counter(); result = run(); first = time.perf_counter() - start
start = time.perf_counter(); run(); again = time.perf_counter() - start
cells = result.sort_values(["episode_id", "day"])[["events", "deaths_sum"]].astype("float64").fillna(-1)
print(json.dumps({"first": first, "again": again, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "rows": len(result), "sums": [float(x) for x in cells.sum()],
                  "cells": hash(tuple(map(tuple, cells.values.tolist())))}))
"""
WAYS = {"crisisdata.align": ALIGN, "DuckDB SQL by hand": SQL, "pandas merge": PANDAS}


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return next(
        (line for line in done.stdout.splitlines() if line.startswith("{")), ""
    )  # DuckDB may print a progress bar


def measure(file: Path, ways: dict[str, str], rounds: int) -> dict[str, dict[str, float]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, code in ways.items():
            found[name].append(json.loads(run(f"FILE = {str(file)!r}\n{code}\n{MEASURE}")))
    tables = {(row["rows"], row["cells"]) for rows in found.values() for row in rows}
    assert len(tables) == 1, {name: rows[0] for name, rows in found.items()}
    return {
        name: {
            "first": min(row["first"] for row in rows),
            "again": min(row["again"] for row in rows),
            "peak": max(row["peak"] for row in rows),
        }
        for name, rows in found.items()
    }


def plot(results: dict[int, dict[str, dict[str, float]]], file: str) -> None:
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name in next(iter(results.values())):
        sizes = [10**size for size in results if name in results[size]]
        left.plot(sizes, [results[size][name]["again"] for size in results if name in results[size]], "o-", label=name)
        right.plot(sizes, [results[size][name]["peak"] / 1024 for size in results if name in results[size]], "o-")
    for ax, label in ((left, "seconds"), (right, "peak memory, GiB")):
        ax.set(xscale="log", yscale="log", xlabel="events", ylabel=label)
        ax.grid(alpha=0.3)
    left.legend(frameon=False)
    figure.savefig(file, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the generated events go; they are deleted at the end")
    parser.add_argument("--sizes", type=int, nargs="+", default=[6, 7, 8], help="powers of ten")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--merge-up-to", type=int, default=8, help="the merge takes 14 GB at 10^8 events")
    parser.add_argument("--spark", action="store_true", help="measure Spark on two cores as well")
    parser.add_argument("--plot", default="")
    arguments = parser.parse_args()
    results = {}
    print("| events | way | first call, s | next call, s | times the SQL | peak memory, MB |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for size in arguments.sizes:
        file = arguments.folder / f"events-{size}.parquet"
        ways = {name: code for name, code in WAYS.items() if name != "pandas merge" or size <= arguments.merge_up_to}
        ways |= {"crisisdata.align on Spark": SPARK} if arguments.spark else {}
        try:
            run(GENERATE.replace("{rows}", str(10**size)).replace("{file}", str(file)))
            results[size] = found = measure(file, ways, arguments.rounds)
        finally:
            file.unlink(missing_ok=True)
        sql = found["DuckDB SQL by hand"]["again"]
        for name, row in found.items():
            times = f"{row['first']:.2f} | {row['again']:.2f} | {row['again'] / sql:.2f}"
            print(f"| 10^{size} | `{name}` | {times} | {row['peak']:.0f} |", flush=True)
    if arguments.plot:
        plot(results, arguments.plot)


if __name__ == "__main__":
    main()
