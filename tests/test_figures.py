"""The figures as pictures, and what must hold of them on any edition."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import CHECKOUT, read_schema, write_cases
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

import crisisdata as cd
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding

FIGURES = {name: getattr(cd.figures, name) for name in cd.figures.__all__ if name != "caption"}
OF_SEVERAL = [name for name in FIGURES if name != "timeline"]
TOLERANCE = 0.3  # root mean square of the differences, 0 to 255; a changed letter makes more
as_picture = pytest.mark.mpl_image_compare(
    baseline_dir="pictures", style="default", backend="agg", tolerance=TOLERANCE, savefig_kwargs={"dpi": 80}
)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    with plt.style.context("default"):
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small edition of one's own."""
    folder = tmp_path_factory.mktemp("made")
    publish(read_coding(write_cases(folder / "cases"), read_schema()), folder / "edition")
    return folder / "edition"


# Pictures; after a wanted change: pytest tests/test_figures.py --mpl-generate-path=tests/pictures


@as_picture
@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("name", FIGURES)
def test_picture_of_one_episode(name: str, width: float) -> Figure:
    return FIGURES[name]("mli-2021-05", version="0.1", width=width).figure


@as_picture
@pytest.mark.parametrize("name", OF_SEVERAL)
def test_picture_of_six_episodes(name: str) -> Figure:
    return FIGURES[name](version="0.1").figure


@pytest.mark.parametrize(("old", "new"), [("Goïta", "Goita"), ("N'Daw", "N'Dow"), ("2021", "2022")])
def test_a_changed_letter_changes_the_picture(old: str, new: str, tmp_path: Path) -> None:
    ax = cd.figures.timeline("mli-2021-05", version="0.1")
    ax.figure.savefig(tmp_path / "before.png", dpi=80)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    changed = next(place for place, text in enumerate(labels) if old in text)
    ax.set_yticks(ax.get_yticks(), [*labels[:changed], labels[changed].replace(old, new, 1), *labels[changed + 1 :]])
    ax.figure.savefig(tmp_path / "after.png", dpi=80)
    assert compare_images(str(tmp_path / "before.png"), str(tmp_path / "after.png"), TOLERANCE) is not None


# On any edition


def collisions(ax: Axes) -> list[tuple[str, str]]:
    """Return neighbouring labels of rows that overlap, and labels that leave the figure."""
    figure = ax.figure
    figure.draw_without_rendering()
    boxes = [(label.get_text(), label.get_window_extent()) for label in ax.get_yticklabels()]
    boxes.sort(key=lambda box: -box[1].y0)
    found = [(one, other) for (one, upper), (other, lower) in pairwise(boxes) if upper.y0 < lower.y1 - 1]
    return found + [(text, "edge") for text, box in boxes if box.x0 < -1 or box.x1 > figure.bbox.x1]


@pytest.mark.parametrize("width", [3.5, 11.0])
@pytest.mark.parametrize("count", [1, None])
@pytest.mark.parametrize("name", FIGURES)
def test_labels_do_not_collide(name: str, count: int | None, width: float) -> None:
    keys = cd.load()["episode_id"].tolist()[:count]
    if name == "timeline":
        keys = keys[: 1 if count else None]
        axes = [FIGURES[name](key, width=width) for key in keys]
    else:
        axes = [FIGURES[name](keys, width=width)]
    for ax in axes:
        assert collisions(ax) == []


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_values_of_the_heat_map_stay_in_their_cells(width: float) -> None:
    ax = cd.figures.compare(width=width)
    ax.figure.draw_without_rendering()
    column = ax.get_window_extent().width / len(cd.load())
    texts = [*ax.texts, *ax.get_xticklabels()]
    assert [text.get_text() for text in texts if text.get_window_extent().width > column] == []


def test_a_collision_would_be_found() -> None:
    ax = cd.figures.sanctions()
    ax.figure.set_layout_engine("none")
    ax.figure.set_figheight(ax.figure.get_figheight() / 3)
    assert collisions(ax)


@pytest.mark.parametrize("name", FIGURES)
def test_a_users_own_edition_is_drawn(name: str, made: Path) -> None:
    ax = FIGURES[name]("aaa-2020-01", version=made)
    assert isinstance(ax, Axes)
    assert collisions(ax) == []


@pytest.mark.parametrize("name", FIGURES)
def test_axes_of_the_user_are_used_and_left_alone_otherwise(name: str) -> None:
    figure, (ax, other) = plt.subplots(1, 2, figsize=(16, 20), layout="constrained")
    assert FIGURES[name]("mli-2021-05", ax=ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert not other.has_data()
    assert collisions(ax) == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_caption_names_and_cites_the_edition(name: str) -> None:
    figure = FIGURES[name]("mli-2021-05", version="0.1").figure
    assert cd.cite(version="0.1") in " ".join(figure.get_supxlabel().split())


@pytest.mark.parametrize("name", FIGURES)
def test_an_unknown_episode_is_refused(name: str) -> None:
    with pytest.raises(cd.CrisisDataError, match="did you mean 'mli-2021-05'"):
        FIGURES[name]("mli-2021-06")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: cd.figures.sanctions(time="days"), "time='days' is none of 'date', 'day'"),
        (lambda: cd.figures.responses(group_by="actors"), "group_by='actors' is none of 'actor', 'type'"),
        (lambda: cd.figures.support(about=["takeovr"]), "did you mean 'takeover'"),
        (lambda: cd.figures.timeline("mli-2021-05", after=0), "leave nothing to show"),
        (lambda: cd.figures.compare([]), "names no episode"),
        (lambda: cd.figures.support(["mli-2021-05", "mli-2021-05"]), "names an episode twice"),
        (lambda: cd.figures.timeline(None), "this figure shows one episode"),  # type: ignore[arg-type]
        (lambda: cd.figures.timeline(["mli-2021-05"]), "this figure shows one episode"),  # type: ignore[arg-type]
    ],
)
def test_wrong_options_are_refused(draw: Callable[[], Axes], message: str) -> None:
    with pytest.raises(cd.CrisisDataError, match=message):
        draw()


def test_what_holds_nothing_says_so(made: Path) -> None:
    ax = cd.figures.timeline("aaa-2020-01", before=0, after=1, version=made)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[rows.index("Who answered") + 1] == "nothing coded in this time"
    assert rows[-1] == "nothing coded in this time"


def test_unrelated_measures_are_drawn_only_when_asked_for() -> None:
    measures = cd.load("sanctions", "0.2").groupby(["episode_id", "coup_related"], observed=True).size()
    episode = measures.xs("not_coup_related", level=1).index[0]
    without, with_them = (cd.figures.sanctions(episode, unrelated=asked, version="0.2") for asked in (False, True))
    assert len(with_them.get_yticks()) > len(without.get_yticks())


def test_nothing_is_drawn_with_where_seaborn_is_not_installed(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['seaborn'] = None\nimport crisisdata as cd\n"
        "try: cd.figures\nexcept cd.CrisisDataError as error: print(error)"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "pip install 'crisisdata[plot]'" in done.stdout


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_examples_of_the_manual_run(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / "figures.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    monkeypatch.chdir(tmp_path)
    with plt.rc_context():
        exec("import crisisdata as cd\n" + blocks[number], {})
    promised = re.findall(r'"([\w-]+\.(?:pdf|svg|png|tex|html))"', blocks[number])
    assert promised
    assert sorted(file.name for file in tmp_path.iterdir() if file.stat().st_size) == sorted(promised)


def test_saved_text_stays_text(tmp_path: Path) -> None:
    with plt.rc_context({"svg.fonttype": "none"}):
        cd.figures.timeline("mli-2021-05", version="0.1").figure.savefig(tmp_path / "timeline.svg")
    assert "Goïta" in (tmp_path / "timeline.svg").read_text("utf-8")
