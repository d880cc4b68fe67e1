"""The figures: each reads an edition, draws on matplotlib axes and returns them; none shows or saves.

Every figure takes ``version=`` as `load` does, and draws on ``ax=`` if given. Otherwise it makes a new figure of the
given width, as high as its rows need, with a caption that names and cites the edition.
"""

from __future__ import annotations

from crisisdata.errors import needs as _needs

with _needs("plot", "crisisdata.figures"):
    import matplotlib as _matplotlib  # noqa: F401
    import seaborn as _seaborn  # noqa: F401

from crisisdata.figures._compare import compare
from crisisdata.figures._drawing import caption
from crisisdata.figures._in_force import in_force
from crisisdata.figures._matrix import reaction_matrix
from crisisdata.figures._profile import profile
from crisisdata.figures._responses import responses
from crisisdata.figures._sanctions import sanctions
from crisisdata.figures._support import support
from crisisdata.figures._timeline import timeline

__all__ = [
    "caption",
    "compare",
    "in_force",
    "profile",
    "reaction_matrix",
    "responses",
    "sanctions",
    "support",
    "timeline",
]
