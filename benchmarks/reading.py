"""What reading costs: `import crisisdata` over a bare interpreter, and `load` over a bare pandas and pyarrow.

Each statement runs in new processes, in turn with the others, so that noise meets all of them alike.
The least of the times is reported: noise only ever adds.

Usage: python benchmarks/reading.py [ROUNDS]
"""

from __future__ import annotations

import subprocess
import sys
import time

import crisisdata as cd

FILE = cd.path("episodes")
BARE = (
    "import pandas as pd, pyarrow as pa, pyarrow.parquet as pq; "
    f"pq.read_table({str(FILE)!r}).to_pandas(types_mapper={{pa.int64(): pd.Int64Dtype()}}.get, date_as_object=False)"
)
STATEMENTS = {
    "python -c pass": "pass",
    "import crisisdata": "import crisisdata",
    "bare: import pandas, pyarrow; read the file": BARE,
    "crisisdata.load()": "import crisisdata; crisisdata.load()",
    "crisisdata.load(as_='arrow')": "import crisisdata; crisisdata.load(as_='arrow')",
    "crisisdata.load(as_='polars')": "import crisisdata; crisisdata.load(as_='polars')",
    "palmerpenguins.load_penguins()": "import palmerpenguins; palmerpenguins.load_penguins()",
    "vega_datasets.data.cars()": "import vega_datasets; vega_datasets.data.cars()",
    "sklearn.datasets.load_iris(as_frame=True)": "from sklearn.datasets import load_iris; load_iris(as_frame=True)",
}
# A second load in the same process, best of many, beside the bare call of the same file.
SECOND = f"""
import sys, time, pandas as pd, pyarrow as pa, pyarrow.parquet as pq, crisisdata
def best(call):
    times = []
    for _ in range(300):
        start = time.perf_counter(); call(); times.append(time.perf_counter() - start)
    return min(times)
types = {{pa.int64(): pd.Int64Dtype()}}.get
bare = lambda: pq.read_table({str(FILE)!r}).to_pandas(types_mapper=types, date_as_object=False)
bare(); crisisdata.load()
a, b = best(bare), best(crisisdata.load)
print(a, b)
"""


def run(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(rounds):
        for name, code in STATEMENTS.items():
            times[name].append(run(code))
    best = {name: min(values) for name, values in times.items()}
    empty, bare = best["python -c pass"], best["bare: import pandas, pyarrow; read the file"]
    print("| in a new process | ms | ms over a bare interpreter | times the bare reading |")
    print("| --- | ---: | ---: | ---: |")
    for name, value in best.items():
        print(f"| `{name}` | {1000 * value:.0f} | {1000 * (value - empty):.1f} | {value / bare:.2f} |")
    done = subprocess.run([sys.executable, "-c", SECOND], check=True, capture_output=True, text=True)
    again, loaded = map(float, done.stdout.split())
    print()
    print(
        f"A second `load()`: {1000 * loaded:.2f} ms, {loaded / again:.2f} times the bare call ({1000 * again:.2f} ms)."
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
