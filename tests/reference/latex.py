"""A small reader of LaTeX's `tabular`, written by its rules and not by ours: what a cell prints."""

import re

SYMBOLS = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<", "textgreater": ">",
    "textbar": "|", "textquotedbl": '"', "textasciigrave": "`", "textquotesingle": "'", ",": " ", "dagger": "+",
}  # fmt: skip
TOKEN = re.compile(r"\\([A-Za-z]+|.)|(.)", re.DOTALL)
LIGATURES = ("--", "``", "''", "!`", "?`", ",,", "<<", ">>")


def printed(cell: str) -> str:
    """The text that a cell prints. Raises ValueError for anything that LaTeX would not take as text."""
    depth, text, previous = 0, "", ""
    for name, plain in TOKEN.findall(cell):
        if name in SYMBOLS:
            text += SYMBOLS[name]
        elif name in list("&%$#_{}"):
            text += name
        elif name == "textbf":
            pass
        elif name:
            raise ValueError(f"unknown command {name}")
        elif plain in "{}":
            depth += 1 if plain == "{" else -1
        elif plain == "$" or (plain == "^" and previous == "$"):
            pass
        elif plain in "&%#_~^\\" or ord(plain) < 32 or ord(plain) > 0x17F:
            raise ValueError(f"{plain!r} is no text")
        elif previous + plain in LIGATURES:
            raise ValueError(f"{previous + plain} is printed as another character")
        else:
            text += plain
        previous = plain
        if depth < 0:
            raise ValueError("a brace is closed that is not open")
    if depth:
        raise ValueError("a brace stays open")
    return text


def rows(tabular: str) -> list[list[str]]:
    """The printed cells of a booktabs `tabular`, head first. Raises ValueError, also for rows of other widths."""
    lines = [line for line in tabular.strip().splitlines() if not line.startswith("%")]
    begin = re.fullmatch(r"\\begin\{tabular\}\{([lrc]+)\}", lines[0])
    if not begin or lines[-1] != r"\end{tabular}":
        raise ValueError("is no tabular")
    rules = [line for line in lines if re.fullmatch(r"\\(top|mid|bottom)rule", line)]
    if rules != [r"\toprule", r"\midrule", r"\bottomrule"] or lines[1] != rules[0] or lines[-2] != rules[2]:
        raise ValueError("has other rules than booktabs' three")
    found = []
    for line in lines[2:-2]:
        if line == rules[1]:
            continue
        if not line.endswith(r" \\"):
            raise ValueError("a row does not end")
        cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
        if len(cells) != len(begin[1]):
            raise ValueError("a row has another number of cells")
        found.append([printed(cell).strip() for cell in cells])
    return found
