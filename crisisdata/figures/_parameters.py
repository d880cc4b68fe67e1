"""The parameters that figures share, each described in one place."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import TypeVar

Drawn = TypeVar("Drawn", bound=Callable[..., object])

SHARED = {
    "episodes": """
        episodes
            Key or keys of episodes, in the order to draw. None gives all, or the most recent that fit on a page.
        """,
    "unrelated": """
        unrelated
            Whether to draw also measures that respond neither to the coup nor to its transition.
        """,
    "time": """
        time
            ``"date"``: calendar dates. ``"day"``: days since the first act of each episode, on a
            logarithmic axis. None gives dates for one episode and days for several.
        """,
    "version": """
        version
            As in `load`; edition 1.0 or later.
        """,
    "ax": """
        ax
            Axes to draw on, without a caption; None makes a figure of this `width`, at most 9 inches high.
        """,
    "width": """
        width
            Width of a new figure in inches.
        """,
}


def describes_shared(function: Drawn) -> Drawn:
    """Replace the names of shared parameters in braces with their descriptions.

    Examples
    --------
    >>> @describes_shared
    ... def draw(version):
    ...     '''Draw.
    ...
    ...     {version}
    ...     '''
    >>> print(draw.__doc__)
    Draw.
    <BLANKLINE>
    version
        As in `load`; edition 1.0 or later.
    """
    if function.__doc__:  # there is none under python -OO
        text = cleandoc(function.__doc__)
        for name, description in SHARED.items():
            text = text.replace(f"{{{name}}}", cleandoc(description))
        function.__doc__ = text
    return function
