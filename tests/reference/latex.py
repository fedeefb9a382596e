"""A small reader of LaTeX's `tabular`, written by its rules and not by ours: what a cell prints."""

import re
import shutil
import subprocess
from pathlib import Path

NO_GLYPH = "\x7f\xad\u0126\u0127\u0138\u013f\u0140\u0149\u0166\u0167\u017f"
"""Characters up to U+017F that pdfTeX has not set up, found by compiling each of them."""
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
        elif plain in "&%#_~^\\" or not has_glyph(plain):
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


def has_glyph(character: str) -> bool:
    """Whether every LaTeX engine prints a character with T1 fonts and textcomp alone."""
    return " " <= character <= "\u017f" and character not in NO_GLYPH and not "\x7f" < character < "\xa0"


def is_installed() -> bool:
    """Whether there is a pdflatex with booktabs."""
    found = shutil.which("pdflatex") and shutil.which("kpsewhich")
    return bool(found) and subprocess.run(["kpsewhich", "booktabs.sty"], capture_output=True).returncode == 0


def compile_document(text: str, folder: Path) -> None:
    """Compile tables with the packages that their first line names. Raises AssertionError at the first error."""
    packages = text.splitlines()[0].removeprefix("% ")
    document = f"\\documentclass{{article}}\n{packages}\n\\begin{{document}}\n{text}\n\\end{{document}}\n"
    (folder / "table.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-1000:]
