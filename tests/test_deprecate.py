"""Old names of arguments and functions still work, and name the new one."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import crisisdata as cd
from crisisdata._deprecate import renamed_arguments, renamed_function
from crisisdata.errors import ArgumentError


def greet(*, person: str = "nobody") -> str:
    return f"Hello, {person}"


def test_an_old_argument_works_and_names_the_new_one() -> None:
    call: Callable[..., str] = renamed_arguments(whom="person")(greet)
    with pytest.warns(
        DeprecationWarning, match=r"^greet\(whom=\.\.\.\) is deprecated; use greet\(person=\.\.\.\)\.$"
    ) as caught:
        assert call(whom="Mali") == "Hello, Mali"
    assert caught[0].filename == __file__


def test_the_new_argument_does_not_warn() -> None:
    call: Callable[..., str] = renamed_arguments(whom="person")(greet)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(person="Mali") == "Hello, Mali"
        assert call() == "Hello, nobody"


def test_an_argument_under_both_names_is_refused() -> None:
    call: Callable[..., str] = renamed_arguments(whom="person")(greet)
    with pytest.raises(ArgumentError, match=r"got both person= and whom=, its old name\. Pass person= only"):
        call(person="Mali", whom="Chad")


def test_an_old_function_works_and_names_the_new_one() -> None:
    welcome = renamed_function(greet, "welcome")
    with pytest.warns(DeprecationWarning, match=r"^welcome\(\) is deprecated; use greet\(\)\.$") as caught:
        assert welcome(person="Mali") == "Hello, Mali"
    assert caught[0].filename == __file__


@pytest.mark.parametrize("draw", [cd.figures.responses, cd.figures.support])
def test_the_figures_still_take_by(draw: Callable[..., Axes]) -> None:
    with pytest.warns(DeprecationWarning, match=r"use \w+\(group_by=\.\.\.\)"):
        old = draw("mli-2021-05", by="actor")
    new = draw("mli-2021-05", group_by="actor")
    rows = [[label.get_text() for label in ax.get_yticklabels()] for ax in (old, new)]
    plt.close("all")
    assert rows[0] == rows[1]
    plt.close("all")
