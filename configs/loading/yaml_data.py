"""YAML 1.2 core schema to plain data and back: `1e-3` is a number, `no` is a string, tags and aliases are rejected.

YAML 1.1, which PyYAML reads, makes a string of 1e-3, a boolean of `no` and a number of 1:30. The patterns below are
those of the YAML 1.2 core schema (yaml.org/spec/1.2.2, section 10.3.2) without octal and hexadecimal numbers.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import ComposerError

from configs.loading.problems import Place

# Keys by which other tools build objects from a config; values that name code were attack vectors of such tools.
CODE_KEYS = frozenset({"class_path", "init_args", "_target_", "_instantiator", "_args_", "_partial_", "_convert_"})
PREFIX = "tag:yaml.org,2002:"
PATTERNS = {
    "null": r"(?:~|null|Null|NULL|)$",
    "bool": r"(?:true|True|TRUE|false|False|FALSE)$",
    "int": r"[-+]?[0-9]{1,300}$",  # a longer one is read as a float, and rejected as infinite
    "float": r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
}
RESOLVERS = {None: [(PREFIX + name, re.compile(pattern)) for name, pattern in PATTERNS.items()]}


class _Loader(yaml.SafeLoader):
    """Composes nodes with the core schema's types; it never constructs anything."""

    yaml_implicit_resolvers = RESOLVERS

    def get_single_node(self) -> Any:
        """Reject a second document, with the line at which it begins."""
        self.get_event()
        node: Any = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
        if not self.check_event(yaml.StreamEndEvent):
            event: Any = self.peek_event()
            problem = "a second document begins here: one file is one study; remove it, or give it a file of its own"
            raise ComposerError(None, None, problem, event.start_mark)
        return node

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Reject tags, and aliases, which can refer to themselves."""
        event: Any = self.peek_event()
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise ComposerError(None, None, f"alias *{event.anchor} is refused: write the value out", mark)
        if tag := getattr(event, "tag", None):
            raise ComposerError(None, None, f"tag {tag} is refused: a study is data, never code", mark)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Quotes exactly those strings that the loader would parse as another type."""

    yaml_implicit_resolvers = RESOLVERS


@dataclass
class Document:
    """Plain data, the line at which each place of it begins, and its problems: (line, sentence)."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)


def parse(text: str) -> Document:
    """Read YAML. Nothing is raised: unreadable parts are among the problems, and left out of the data."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is not None:
            document.data = _plain(node, (), document)
    except yaml.MarkedYAMLError as error:
        cure = (
            ""
            if isinstance(error, ComposerError)
            else "; write 'key: value', indent with spaces, close every bracket and quote"
        )
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        document.problems.append((line, f"{error.problem}{cure}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.problems.append((line, f"character {chr(error.character)!r} does not belong into a text; remove it"))
    except RecursionError:
        document.problems.append((1, "brackets are nested too deeply; a study has three levels"))
    return document


def dump(data: Any) -> str:
    """Write plain data as YAML that `parse` reads back equal, in the order of its keys."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)


def key_problem(key: str) -> str | None:
    """Return the problem of a key that is invalid at any place, or None."""
    return f"key '{key}' is refused: a study is data, never code; remove it" if key in CODE_KEYS else None


def _plain(node: yaml.Node, place: Place, document: Document) -> Any:
    """Convert a node to plain data; its lines and problems, and those of all below it, are added to `document`."""
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, index), document) for index, item in enumerate(node.value)]
    return _scalar(node.tag.removeprefix(PREFIX), node.value)


def _mapping(node: yaml.MappingNode, place: Place, document: Document) -> dict[str, Any]:
    """Convert pairs to a dictionary; the line of an entry is the line of its key."""
    entries: dict[str, Any] = {}
    for key, value in node.value:
        line, name = key.start_mark.line + 1, key.value
        if not isinstance(key, yaml.ScalarNode):
            problem: str | None = "a key must be a single name; quote it if it has brackets"
        elif name in entries:
            problem = f"key '{name}' is there twice, first in line {document.lines[*place, name]}; remove one"
        else:
            problem = key_problem(name)
        if problem:
            document.problems.append((line, problem))
        else:
            document.lines[*place, name] = line
            entries[name] = _plain(value, (*place, name), document)
    return entries


def _scalar(kind: str, text: str) -> str | int | float | bool | None:
    """Convert a string to the type of its kind; the patterns guarantee that it is valid."""
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
