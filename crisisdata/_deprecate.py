"""Old names that still work: one decorator, which warns and gives the new name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from crisisdata.errors import ArgumentError

P = ParamSpec("P")
R = TypeVar("R")


def renamed_arguments(**new_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function take arguments under their old names, with a `DeprecationWarning` that gives the new name.

    Parameters
    ----------
    **new_names
        The new name of each argument, by its old name. Arguments that were renamed must be keyword-only.

    Examples
    --------
    >>> import warnings
    >>> @renamed_arguments(by="group_by")
    ... def draw(*, group_by=None):
    ...     return group_by
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     draw(by="actor")
    'actor'
    >>> print(caught[0].message)
    draw(by=...) is deprecated; use draw(group_by=...).
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            for old, new in new_names.items():
                if old not in kwargs:
                    continue
                name = function.__name__
                if new in kwargs:
                    raise ArgumentError(f"{name}() got both {new}= and {old}=, its old name. Pass {new}= only.")
                _warn(f"{name}({old}=...) is deprecated; use {name}({new}=...).")
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return call

    return decorate


def renamed_function(function: Callable[P, R], old_name: str) -> Callable[P, R]:
    """Return a function under its old name, with a `DeprecationWarning` that gives the new name.

    Examples
    --------
    >>> import warnings
    >>> def find(text):
    ...     return text
    >>> search = renamed_function(find, "search")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     search("Mali")
    'Mali'
    >>> print(caught[0].message)
    search() is deprecated; use find().
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        _warn(f"{old_name}() is deprecated; use {function.__name__}().")
        return function(*args, **kwargs)

    call.__name__ = call.__qualname__ = old_name
    return call


def _warn(message: str) -> None:
    warnings.warn(message, DeprecationWarning, stacklevel=3)
