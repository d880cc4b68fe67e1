"""The parameters that figures share, each described in one place."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import TypeVar

Drawn = TypeVar("Drawn", bound=Callable[..., object])

SHARED = {
    "episodes": """
        episodes
            Key or keys of episodes, in the order wanted. None gives all, or the last ones that fit on a page.
        """,
    "unrelated": """
        unrelated
            Whether measures that answer neither the coup nor its transition are drawn as well.
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
            Axes to draw on, without caption; None makes a figure of this `width`, at most 9 inches high.
        """,
    "width": """
        width
            Width in inches of a figure that is made.
        """,
}


def describes_shared(function: Drawn) -> Drawn:
    """Put the descriptions of shared parameters in the place of their names in braces.

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
