"""Escaping of untrusted text (labels, column names, paths) for display: one line, no invisible characters."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = re.compile(
    "["
    "\\x00-\\x1f\\x7f-\\x9f"  # line ends, terminal control characters; XML allows hardly any of them
    "\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e"  # invisible characters, changes of the text direction
    "\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\ud800-\\udfff\\ufffe\\uffff"  # surrogates and noncharacters
    "]"
)


def shown(text: str, but: str = "") -> str:
    """`text` with invisible characters as Python escapes: `\\n`, `\\x0b`, `\\u202e`; characters of `but` stay."""
    return HIDDEN.sub(lambda found: found[0] if found[0] in but else ascii(found[0])[1:-1], text)


def all_shown(value: Any) -> Any:
    """The same nested dictionaries, lists and tuples, with `shown` applied to every text, keys included."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {all_shown(key): all_shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [all_shown(item) for item in value]
    return value
