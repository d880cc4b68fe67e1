"""The text of a YAML file → its nodes and comments, in bounded depth and size."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import yaml

MAX_DEPTH = 60  # a case file needs eight
MAX_NODES = 200_000  # the largest case file has some 20,000
# The base loader leaves every value a text, so that NO stays NO; in C where libyaml is there.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what the parser counts as the end of a line
_COMMENT = re.compile("#[^\r\n\x85\u2028\u2029]*")

# What the parser says, and what a coder most often has to do about it.
_HELP = {
    "mapping values are not allowed": "a text that contains ': ' must be in double quotes",
    "did not find expected ',' or": "within {} or [] a text that contains ',' or ': ' must be in double quotes",
    "could not find expected ':'": "write 'name: value', and put a text with a line break in it on one line",
    "did not find expected key": "check the indentation, and that nothing follows a closing quote or bracket",
    "did not find expected node content": "a text that begins with ?, ',' or a bracket must be in double quotes",
    "did not find expected alphabetic": "a text that begins with * or & must be in double quotes",
    "found unexpected end of stream": "a quote or bracket is not closed",
    "unknown escape character": "in double quotes write \\\\ for a backslash",
}
_TAB = "a tab begins the line or the value; indent with spaces"
_DASH = "the '-' that begins a record must be followed by a space"
_SIGN = "a text that begins with @, ` or % must be in double quotes"


@dataclass(frozen=True)
class Comment:
    """A comment, with its line, and whether it cuts off an unquoted text."""

    line: int
    text: str
    leading: bool
    cuts: bool


@dataclass(frozen=True)
class Document:
    """What a YAML file holds."""

    root: yaml.Node | None
    comments: list[Comment]


class UnreadableYamlError(Exception):
    """A text that is not YAML, or YAML that case files do not use."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def compose(content: str) -> Document:
    """Return the nodes of a YAML file; the parser's events are followed without recursion.

    Raises
    ------
    UnreadableYamlError
        If the text is not YAML, is nested too deep, is too large, or has aliases, anchors, tags,
        directives or several documents.
    """
    roots: list[yaml.Node] = []
    open_nodes: list[yaml.CollectionNode] = []
    scalars: list[yaml.ScalarNode] = []
    count = 0
    try:
        for event in yaml.parse(content, Loader=_Loader):
            _refuse(event, roots)
            if isinstance(event, yaml.CollectionEndEvent):
                _close(open_nodes.pop())
                continue
            node = _node(event)
            if node is None:
                continue
            count += 1
            if count > MAX_NODES:
                raise UnreadableYamlError(_line(event), f"more than {MAX_NODES:,} values; split the file")
            (open_nodes[-1].value if open_nodes else roots).append(node)
            if isinstance(node, yaml.ScalarNode):
                scalars.append(node)
            elif isinstance(node, yaml.CollectionNode):
                open_nodes.append(node)
                if len(open_nodes) > MAX_DEPTH:
                    raise UnreadableYamlError(_line(event), f"nested more than {MAX_DEPTH} levels deep")
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error, content) from None
    except yaml.YAMLError as error:
        raise UnreadableYamlError(0, f"not readable as YAML: {error}") from None
    return Document(roots[0] if roots else None, _comments(content, scalars))


def _refuse(event: yaml.Event, roots: list[yaml.Node]) -> None:
    """Refuse YAML that case files do not use: it would duplicate a place or be silently lost."""
    message = None
    if isinstance(event, yaml.AliasEvent):
        message = f"aliases (*{event.anchor}) are not allowed; write the value out"
    elif isinstance(event, yaml.NodeEvent) and event.anchor:
        message = f"anchors (&{event.anchor}) are not allowed; put a text that begins with & in double quotes"
    elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
        message = f"tags ({event.tag}) are not allowed; put a text that begins with ! in double quotes"
    elif isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
        message = "directives (%) are not allowed"
    elif isinstance(event, yaml.DocumentStartEvent) and roots:
        message = "a second document begins here ('---'); move it to a separate file"
    if message:
        raise UnreadableYamlError(_line(event), message)


def _node(event: yaml.Event) -> yaml.Node | None:
    marks: tuple[Any, Any] = event.start_mark, event.end_mark
    if isinstance(event, yaml.ScalarEvent):
        return yaml.ScalarNode("", event.value, *marks, style=event.style or None)
    if isinstance(event, yaml.SequenceStartEvent):
        return yaml.SequenceNode("", [], *marks, flow_style=event.flow_style)
    if isinstance(event, yaml.MappingStartEvent):
        return yaml.MappingNode("", [], *marks, flow_style=event.flow_style)
    return None


def _close(node: yaml.CollectionNode) -> None:
    if isinstance(node, yaml.MappingNode):
        node.value = list(zip(node.value[::2], node.value[1::2], strict=True))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _unreadable(error: yaml.MarkedYAMLError, content: str) -> UnreadableYamlError:
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark
    help_ = next((text for problem, text in _HELP.items() if problem in said), None)
    if mark and "cannot start any token" in said:
        help_ = _TAB if content[mark.index : mark.index + 1] == "\t" else _SIGN
    elif mark and _begins_around(r" *\t", content, mark.line):
        help_ = _TAB
    elif mark and _begins_around(r" *-\w+:", content, mark.line):
        help_ = _DASH
    hint = f"; {help_}" if help_ else ""
    return UnreadableYamlError(mark.line + 1 if mark else 0, f"not readable as YAML: {said}{hint}")


def _begins_around(pattern: str, content: str, line: int) -> bool:
    """Say whether the line at which the parser stopped, or the one before, begins with a pattern."""
    around = _BREAK.split(content)[max(line - 1, 0) : line + 1]
    return any(re.match(pattern, text) for text in around)


def _comments(content: str, scalars: list[yaml.ScalarNode]) -> list[Comment]:
    """Return the comments: a '#' outside any value begins one, because no other YAML token contains it."""
    if "#" not in content:
        return []
    breaks = [found.end() for found in _BREAK.finditer(content)]
    comments: list[Comment] = []
    place, before = 0, None
    for node in [*scalars, None]:
        start = node.start_mark.index if node else len(content)
        for found in _COMMENT.finditer(content, place, start):
            between = content[place : found.start()]
            cuts = before is not None and before.style is None and not between.strip(" \t")
            line = bisect_right(breaks, found.start()) + 1
            comments.append(Comment(line, found[0].rstrip(), before is None, cuts))
        if node and node.style in ("|", ">"):  # a comment may stand behind the sign
            head = _BREAK.split(content[start : node.end_mark.index], maxsplit=1)[0]
            if (sign := head.find("#")) >= 0:
                comments.append(Comment(bisect_right(breaks, start) + 1, head[sign:].rstrip(), False, False))
        if node:
            place, before = node.end_mark.index, node
    return comments
