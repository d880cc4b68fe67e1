"""The figures as pictures, and what must hold of them on any edition."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from inspect import signature
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from conftest import CHECKOUT, FILES, read_schema, write_cases
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import crisisdata as cd
from crisisdata.coding.checks.registry import CHECKS
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding
from crisisdata.figures._drawing import first_to_show

# A figure of a table that the newest edition does not have yet has tests of its own.
WAITING = {"reaction_matrix"} - set(cd.tables().index)
FIGURES = {name: getattr(cd.figures, name) for name in cd.figures.__all__ if name not in {"caption", *WAITING}}
OF_SEVERAL = [name for name, draw in FIGURES.items() if "episodes" in signature(draw).parameters]
ON_AXES = [name for name, draw in FIGURES.items() if "ax" in signature(draw).parameters]
KEYS = cd.load()["episode_id"].tolist()
RICHEST, POOREST = (
    cd.load("reactions")["episode_id"].value_counts().reindex(KEYS, fill_value=0).agg(["idxmax", "idxmin"])
)
TOLERANCE = 0.1  # root mean square of the differences, 0 to 255; a changed letter makes more
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


OF_PICTURES = {"reaction_matrix": "1.2"}
"""The edition of a picture, where it is not 1.0."""

# Pictures; after a wanted change: pytest tests/test_figures.py -k picture_of --mpl-generate-path=tests/pictures


@as_picture
@pytest.mark.parametrize("name", FIGURES)
def test_picture_of_one_episode_in_one_column(name: str) -> Figure:
    return FIGURES[name]("mli-2021-05", version=OF_PICTURES.get(name, "1.0"), width=3.5).figure


@as_picture
@pytest.mark.parametrize("name", ["profile", "timeline"])
def test_picture_of_one_episode_across_the_page(name: str) -> Figure:
    return FIGURES[name]("mli-2021-05", version="1.0").figure


@as_picture
@pytest.mark.parametrize("name", OF_SEVERAL)
def test_picture_of_six_episodes(name: str) -> Figure:
    return FIGURES[name](version=OF_PICTURES.get(name, "1.0")).figure


@pytest.mark.parametrize(("old", "new"), [("Goïta", "Goita"), ("N'Daw", "N'Dow"), ("24 May", "25 May")])
def test_a_changed_letter_changes_the_picture(old: str, new: str, tmp_path: Path) -> None:
    ax = cd.figures.timeline("mli-2021-05", version="1.0")
    ax.figure.savefig(tmp_path / "before.png", dpi=80)
    changed = next(text for text in ax.texts if old in text.get_text())
    changed.set_text(changed.get_text().replace(old, new, 1))
    ax.figure.savefig(tmp_path / "after.png", dpi=80)
    assert compare_images(str(tmp_path / "before.png"), str(tmp_path / "after.png"), TOLERANCE) is not None


# On any edition


def drawn_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return every text that is seen, with its place in dots."""
    figure.canvas.draw()
    unseen = set()
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        unseen |= {tick.label1 for tick in ticks if not low <= tick.get_loc() <= high}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text not in unseen]
    return [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()]


def faults(figure: Figure) -> list[tuple[str, ...]]:
    """Return what no figure may have: texts on one another or beyond the edge, and more height than a page."""
    texts = drawn_texts(figure)
    edge = figure.bbox
    found: list[tuple[str, ...]] = [
        ("edge", text) for text, box in texts if box.x0 < 0 or box.y0 < 0 or box.x1 > edge.x1 or box.y1 > edge.y1
    ]
    for (one, box), (other, beside) in combinations(texts, 2):
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        upright = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        if across > 1 and upright > 2:  # the boxes of type are a little larger than its ink
            found.append((one, other))
    if figure.get_figheight() > 9:
        found.append(("higher than a page", f"{figure.get_figheight():.2f}"))
    return found


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("key", [RICHEST, POOREST])
@pytest.mark.parametrize("name", FIGURES)
def test_a_default_call_fits_a_page_and_can_be_read(name: str, key: str, width: float) -> None:
    assert faults(FIGURES[name](key, width=width).figure) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_each_episode_fits_a_page_and_can_be_read(name: str) -> None:
    for key in KEYS:
        for width in (3.5, 5.5, 11.0):
            assert faults(FIGURES[name](key, width=width).figure) == [], (key, width)
            plt.close("all")


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("keys", [KEYS[:4], None], ids=["four", "all"])
@pytest.mark.parametrize("name", OF_SEVERAL)
def test_a_default_call_of_several_fits_a_page_and_can_be_read(name: str, keys: list[str] | None, width: float) -> None:
    assert faults(FIGURES[name](keys, width=width).figure) == []


@pytest.mark.parametrize(
    "options",
    [{"group_by": "actor"}, {"group_by": "type"}, {"time": "date"}],
    ids=lambda options: "-".join(options.values()),
)
@pytest.mark.parametrize("width", [3.5, 7.0])
def test_other_groupings_of_responses_can_be_read(options: dict[str, str], width: float) -> None:
    assert faults(cd.figures.responses(**options, width=width).figure) == []


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize(
    "draw",
    [
        lambda width: cd.figures.support("mli-2021-05", group_by="arena", width=width),
        lambda width: cd.figures.support(group_by="actor", width=width),
        lambda width: cd.figures.sanctions(group_by="measure", width=width),
        lambda width: cd.figures.sanctions(KEYS[0], group_by="sender", width=width),
        lambda width: cd.figures.sanctions(time="date", width=width),
        lambda width: cd.figures.in_force(time="date", width=width),
        lambda width: cd.figures.timeline("mli-2021-05", before=400, after=1500, width=width),
    ],
)
def test_other_choices_can_be_read(draw: Callable[[float], Axes], width: float) -> None:
    assert faults(draw(width).figure) == []


def test_faults_would_be_found() -> None:
    figure = cd.figures.sanctions().figure
    assert faults(figure) == []
    figure.set_layout_engine("none")
    figure.set_figheight(9.5)
    figure.axes[0].set_position((0.1, 0.7, 0.8, 0.1))
    kinds = {fault[0] for fault in faults(figure)}
    assert {"edge", "higher than a page"} < kinds


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_values_of_the_heat_map_stay_in_their_cells(width: float) -> None:
    ax = cd.figures.compare(width=width)
    ax.figure.draw_without_rendering()
    column = ax.get_window_extent().width / len(ax.get_xticks())
    texts = [*ax.texts, *ax.get_xticklabels()]
    assert [text.get_text() for text in texts if text.get_window_extent().width > column] == []


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition whose one episode has nothing but its date."""
    folder = tmp_path_factory.mktemp("bare")
    key = "episodes/aaa-2020-01.yaml"
    episode = FILES[key].partition("triggers:")[0].replace("  announcement_date: 2020-01-03\n", "")
    files = {**FILES, key: episode}
    del files["context/aaa.yaml"]
    publish(read_coding(write_cases(folder / "cases", files), read_schema()), folder / "edition")
    return folder / "edition"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of thirty episodes, more than a page has room for."""
    folder = tmp_path_factory.mktemp("many")
    key = "episodes/aaa-2020-01.yaml"
    files = {name: text for name, text in FILES.items() if name not in (key, "context/aaa.yaml")}
    for number in range(30):
        own = FILES[key].replace("Land, January 2020", f"Land, the long name of coup {number}")
        files[f"episodes/aaa-2020-01-{number}.yaml"] = own.replace("aaa-2020-01", f"aaa-2020-01-{number}")
    with patch.dict(CHECKS, clear=True):  # they are one coup thirty times, which the checks would not take
        publish(read_coding(write_cases(folder / "cases", files), read_schema()), folder / "edition")
    return folder / "edition"


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("name", FIGURES)
def test_a_users_own_edition_is_drawn(name: str, width: float, made: Path) -> None:
    assert faults(FIGURES[name]("aaa-2020-01", version=made, width=width).figure) == []


NOTHING = {
    "compare": "–",
    "in_force": "no measure coded",
    "profile": "no response coded",
    "reaction_matrix": "no body listed",
    "responses": "no response coded",
    "sanctions": "no measure coded",
    "support": "no position coded",
    "timeline": "Causes: none",
}


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("name", FIGURES)
def test_an_episode_without_anything_is_drawn_and_says_so(name: str, width: float, bare: Path) -> None:
    for asked in ["aaa-2020-01"] + ([None] if name in OF_SEVERAL else []):
        figure = FIGURES[name](asked, version=bare, width=width).figure
        assert faults(figure) == []
        assert any(NOTHING[name] in " ".join(text.split()) for text, _ in drawn_texts(figure))


@pytest.mark.parametrize("width", [3.5, 7.0])
@pytest.mark.parametrize("name", OF_SEVERAL)
def test_more_episodes_than_a_page_holds_are_left_out_by_a_rule(name: str, width: float, many: Path) -> None:
    ax = FIGURES[name](version=many, width=width)
    assert faults(ax.figure) == []
    names = " ".join(" ".join(text.split()) for text, _ in drawn_texts(ax.figure))
    said = re.search(r"Not shown: (\d+) episodes? \(core episodes are kept first", caption(ax))
    shown = {number for number in range(30) if re.search(rf"name of coup {number}\b", names)}
    if name == "reaction_matrix":  # which has no bodies here, and so no columns
        return
    assert len(shown) == 30 - (int(said.group(1)) if said else 0)


def test_core_episodes_are_kept_before_comparators_and_late_ones_before_early_ones() -> None:
    tiers = pd.Series(["core", "comparator", "core", "comparator", "comparator"], index=list("abcde"), name="tier")
    chosen = tiers.to_frame()
    assert ["".join(first_to_show(chosen, most).index) for most in range(1, 7)] == [
        "c",
        "ac",
        "ace",
        "acde",
        *2 * ["abcde"],
    ]


@pytest.mark.parametrize("name", FIGURES)
def test_the_documentation_names_every_parameter_in_order(name: str) -> None:
    text = FIGURES[name].__doc__ or ""
    section = re.search(r"Parameters\n-+\n(.*?)\n\nReturns\n", text, re.DOTALL)
    assert section is not None
    documented = [each for line in re.findall(r"^(\S.*)$", section.group(1), re.MULTILINE) for each in line.split(", ")]
    assert documented == list(signature(FIGURES[name]).parameters)
    assert not re.search(r"\{\w+\}", text)


@pytest.mark.parametrize("name", ON_AXES)
def test_axes_of_the_user_are_used_and_left_alone_otherwise(name: str) -> None:
    figure, (ax, other) = plt.subplots(1, 2, figsize=(16, 20), layout="constrained")
    assert FIGURES[name]("mli-2021-05", ax=ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert not other.has_data()
    assert faults(figure)[:-1] == []  # but for the height, which is the user's own


def test_axes_of_the_user_say_what_they_do_not_show() -> None:
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    cd.figures.responses("mli-2021-05", ax=ax)
    assert any(re.match(r"Not shown: \d+ bodies", " ".join(text.split())) for text, _ in drawn_texts(figure))


@pytest.mark.parametrize("name", FIGURES)
def test_the_caption_names_and_cites_the_edition(name: str) -> None:
    edition = "1.2" if name == "reaction_matrix" else "1.0"
    figure = FIGURES[name]("mli-2021-05", version=edition).figure
    assert cd.Edition.find(edition).descriptor["citation"] in " ".join(figure.get_supxlabel().split())


@pytest.mark.parametrize("name", FIGURES)
def test_an_edition_before_1_0_names_the_package_that_drew_it(name: str) -> None:
    with pytest.raises(cd.CrisisDataError, match=rf"figures.{name} needs edition 1\.0 .*crisisdata==0\.4"):
        FIGURES[name]("mli-2021-05", version="0.4")


@pytest.mark.parametrize("name", FIGURES)
def test_an_unknown_episode_is_refused(name: str) -> None:
    with pytest.raises(cd.CrisisDataError, match="did you mean 'mli-2021-05'"):
        FIGURES[name]("mli-2021-06")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: cd.figures.sanctions(time="days"), "time must be one of 'date', 'day'; got 'days'"),
        (
            lambda: cd.figures.responses(group_by="actors"),
            "group_by must be one of .*; got 'actors'; did you mean 'actor'",
        ),
        (lambda: cd.figures.responses(actors=["ecowa"]), "did you mean 'ecowas'"),
        (lambda: cd.figures.responses(top=0), "top=0 must be 1 or more"),
        (lambda: cd.figures.support(group_by="arenas"), "did you mean 'arena'"),
        (lambda: cd.figures.responses(time="days"), "time must be one of 'date', 'day'; got 'days'"),
        (lambda: cd.figures.sanctions(group_by="senders"), "did you mean 'sender'"),
        (lambda: cd.figures.timeline("mli-2021-05", lanes=["cause"]), "did you mean 'causes'"),
        (lambda: cd.figures.timeline("mli-2021-05", actors=["ecowa"]), "did you mean 'ecowas'"),
        (lambda: cd.figures.support(about=["takeovr"]), "did you mean 'takeover'"),
        (lambda: cd.figures.timeline("mli-2021-05", after=0), "with after at least 1"),
        (lambda: cd.figures.compare([]), "must name at least one episode"),
        (lambda: cd.figures.support(["mli-2021-05", "mli-2021-05"]), "must not repeat an episode"),
        (lambda: cd.figures.timeline(None), "the key of the one episode to show"),  # type: ignore[arg-type]
        (lambda: cd.figures.timeline(["mli-2021-05"]), "the key of the one episode to show"),  # type: ignore[arg-type]
    ],
)
def test_wrong_options_are_refused(draw: Callable[[], Axes], message: str) -> None:
    with pytest.raises(cd.CrisisDataError, match=message):
        draw()


def test_what_holds_nothing_says_so(made: Path) -> None:
    ax = cd.figures.timeline("aaa-2020-01", before=0, after=1, lanes=["measures"], version=made)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["In force: none"]


def labels(ax: Axes) -> list[str]:
    return [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]


def written(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def caption(ax: Axes) -> str:
    return " ".join(ax.figure.get_supxlabel().split())


def test_unrelated_measures_are_drawn_only_when_asked_for() -> None:
    measures = cd.load("sanctions", "1.0").groupby(["episode_id", "coup_related"], observed=True).size()
    episode = measures.xs("not_coup_related", level=1).index[0]
    without, with_them = (cd.figures.sanctions(episode, unrelated=asked, version="1.0") for asked in (False, True))
    assert len(with_them.get_yticks()) > len(without.get_yticks())


def test_what_began_before_the_days_shown_is_still_shown() -> None:
    ax = cd.figures.timeline("mli-2020-08", before=10, version="1.0")
    assert any("demonstrations" in text and "(since June 2020)" in text for text in written(ax))


def test_one_event_stands_once() -> None:
    texts = written(cd.figures.timeline("mli-2021-05", top=99, width=20, version="1.0"))
    acts = cd.load("authority_acts", "1.0").query("episode_id == 'mli-2021-05' and act in ['arrest', 'resignation']")
    names = acts.loc[acts["target_kind"].eq("executive_unseated") & acts["event_date"].dt.year.eq(2021), "name"]
    assert len(names) >= 2
    assert all(sum(name in text for text in texts) == 1 for name in names)
    assert not any("xecutive detained" in text or "eader installed" in text for text in texts)


def test_causes_stand_above_what_they_caused() -> None:
    ax = cd.figures.timeline("mli-2021-05", version="1.0")
    names = [name for name in labels(ax) if name]
    assert names.index("Causes") < names.index("Takeover") < names.index("Those in power")


def test_the_caption_counts_what_is_left_out() -> None:
    few, all_ = (cd.figures.timeline("mli-2021-05", top=top, version="1.0") for top in (2, 99))
    [hidden, of] = re.search(r"(\d+) of (\d+) under “Causes”", caption(few)).groups()  # type: ignore[union-attr]
    assert int(of) - int(hidden) == 2
    assert "Not shown" not in caption(all_)


def test_lanes_and_actors_are_chosen() -> None:
    ax = cd.figures.timeline("mli-2021-05", lanes=["measures", "responses"], actors=["uemoa"], version="1.0")
    names = [name for name in labels(ax) if name]
    assert names[0] == "In force"
    assert all(name.startswith("UEMOA") for name in names[1:])
    assert all("UEMOA" in text for text in written(ax))


def test_bars_of_responses_are_the_highest_of_their_time() -> None:
    ax = cd.figures.responses("mli-2021-05", actors=["ecowas"], version="1.0")
    acts = cd.load("reactions", "1.0").query("episode_id == 'mli-2021-05' and organisation_id == 'ecowas'")
    up = [-bar.get_height() for bar in ax.patches if bar.get_height() < 0]
    down = [bar.get_height() for bar in ax.patches if bar.get_height() > 0]
    unit = max(up) / acts["coercion"].max()
    assert max(down) / unit == pytest.approx(acts["engagement"].max())
    first_day = acts.loc[acts["days_low"] == 0, "coercion"].max()
    [first] = [bar for bar in ax.patches if bar.get_x() < 0 and bar.get_height() < 0]
    assert -first.get_height() / unit == pytest.approx(first_day)
    assert f"ECOWAS ({len(acts)})" in labels(ax)


def test_responses_stand_in_quarters_of_calendar_time() -> None:
    ax = cd.figures.responses("mli-2021-05", time="date", version="1.0")
    quarters = [label.get_text() for label in ax.get_xticklabels()]
    assert quarters[:3] == ["2021 Q2", "2021 Q3", "2021 Q4"]


def test_an_old_grouping_still_works() -> None:
    with pytest.warns(DeprecationWarning, match="arena"):
        old = cd.figures.support("mli-2021-05", group_by="type", version="1.0")
    assert labels(old) == labels(cd.figures.support("mli-2021-05", group_by="arena", version="1.0"))


def test_several_episodes_show_as_many_measures_as_were_in_force() -> None:
    ax = cd.figures.sanctions(["mli-2020-08", "mli-2021-05"], version="1.0")
    assert "10" in written(ax)  # of ECOWAS, from January to July 2022


def test_the_most_measures_in_force_are_written() -> None:
    ax = cd.figures.in_force("mli-2021-05", version="1.0")
    measures = cd.load("sanctions", "1.0").query("episode_id == 'mli-2021-05' and coup_related == 'coup_related'")
    measures = measures[measures["imposed_date"].notna() & measures["implements_id"].isna()]
    ends = measures["ended_date_latest"].fillna(measures["imposed_date"].max() + pd.Timedelta(days=1))
    on_day = [((measures["imposed_date"] <= day) & (ends > day)).sum() for day in measures["imposed_date"]]
    assert written(ax) == [str(max(on_day))]


def test_measures_of_one_sender_that_ran_alike_share_a_row() -> None:
    ax = cd.figures.sanctions("mli-2020-08", version="1.0")
    assert any("; closure of borders" in name or "closure of borders; " in name for name in labels(ax))
    assert all(": " in name for name in labels(ax))  # each row names its sender


def test_support_shows_counts_and_intervals_of_the_arenas() -> None:
    ax = cd.figures.support(["mli-2020-08", "mli-2021-05"], version="1.0")
    row = cd.load("episodes", "1.0").set_index("episode_id").loc["mli-2021-05"]
    counts = " / ".join(str(row[f"organised_{side}"]) for side in ("for", "reserved", "against"))
    assert f"Mali, May 2021: {counts}" in labels(ax)
    ends = [tuple(line.get_xdata()) for line in ax.lines]
    assert (row["organised_balance_low"], row["organised_balance_high"]) in ends


def test_actors_without_a_voice_have_no_row() -> None:
    stands = cd.load("support", "1.0").query("episode_id == 'tcd-2021-04' and arena.isna()", engine="python")
    ax = cd.figures.support("tcd-2021-04", top=200, version="1.0")
    names = cd.load("actors", "1.0").set_index("actor_id")["name"]
    voiced = cd.load("support", "1.0").query("episode_id == 'tcd-2021-04' and arena.notna()", engine="python")
    silent = set(stands["actor_id"]) - set(voiced["actor_id"])
    assert silent
    assert not {names[actor] for actor in silent} & set(labels(ax))


def test_only_numbers_that_measure_intensity_are_shaded() -> None:
    ax = cd.figures.compare(
        ["mli-2020-08", "tcd-2021-04"], ["organised_balance", "coercion", "responders"], version="1.0"
    )
    shades = ax.collections[0].get_array().reshape(3, 2)
    episodes = cd.load("episodes", "1.0").set_index("episode_id")
    assert shades[0, 0] == pytest.approx(episodes.loc["mli-2020-08", "organised_balance"])  # zero is the middle
    assert shades[1, 1] == pytest.approx(episodes.loc["tcd-2021-04", "coercion"] / 7)
    assert shades.mask[2].all()


def test_three_kinds_of_missing_differ() -> None:
    missing = cd.load("missing_values", "1.0").query("table_name == 'episodes'")
    for reason, shown in {"not_applicable": "n/a", "unknown": "?"}.items():
        row = missing[missing["reason"] == reason].iloc[0]
        ax = cd.figures.compare(row["record_id"], [row["variable"]], version="1.0")
        assert written(ax) == [shown]
    assert written(cd.figures.compare("tcd-2021-04", ["days_to_suspension"], version="1.0")) == ["–"]


def test_nothing_is_drawn_with_where_seaborn_is_not_installed(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['seaborn'] = None\nimport crisisdata as cd\n"
        "try: cd.figures\nexcept cd.CrisisDataError as error: print(error)"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "python -m pip install 'seaborn" in done.stdout


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_examples_of_the_manual_run(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs" / "figures.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    monkeypatch.chdir(tmp_path)
    with plt.rc_context():
        exec("import crisisdata as cd\n" + blocks[number], {})
    promised = re.findall(r'"([\w-]+\.(?:pdf|svg|png|tex|html|md))"', blocks[number])
    assert promised
    assert sorted(file.name for file in tmp_path.iterdir() if file.stat().st_size) == sorted(promised)


def test_saved_text_stays_text(tmp_path: Path) -> None:
    with plt.rc_context({"svg.fonttype": "none"}):
        cd.figures.timeline("mli-2021-05", version="1.0").figure.savefig(tmp_path / "timeline.svg")
    assert "Goïta" in (tmp_path / "timeline.svg").read_text("utf-8")
