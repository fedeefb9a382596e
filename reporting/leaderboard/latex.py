r"""Leaderboard as LaTeX: one booktabs `tabular` for each fold plan."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reporting.leaderboard.board import TIES, Board, described
from reporting.leaderboard.terminal import SHORT, learner_in_words, score

SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
} | {character: f"\\{character}" for character in "&%$#_{}"}  # fmt: skip
"""Characters that LaTeX does not print as they are."""
LIGATURE = re.compile(r"([-,])(?=\1)")
"""Characters that LaTeX prints as another one if they are repeated."""
LATIN, WITHOUT_GLYPH = "\u017f", frozenset("\u00ad\u0126\u0127\u0138\u013f\u0140\u0149\u0166\u0167\u017f")
"""Last character that every LaTeX engine may print without another package, and those before it that pdfTeX cannot."""


def latex(boards: Sequence[Board]) -> str:
    """A `tabular` for each board, for any LaTeX engine, with `booktabs`, `textcomp` and T1 fonts."""
    head = "% \\usepackage[T1]{fontenc} \\usepackage{textcomp} \\usepackage{booktabs}\n"
    return head + "\n".join("\n".join(_tabular(board)) + "\n" for board in boards)


def escaped(text: str) -> str:
    """Any text so that LaTeX prints it; a character of another script than Latin as its number, `[U+4E2D]`."""
    return LIGATURE.sub(r"\1{}", "".join(_character(one) for one in text))


def _character(one: str) -> str:
    if one in SPECIAL:
        return SPECIAL[one]
    printable = " " <= one <= "~" or ("\u00a1" <= one <= LATIN and one not in WITHOUT_GLYPH)
    return one if printable else f"[U+{ord(one):04X}]"


def _tabular(board: Board) -> Iterator[str]:
    told, several = described(board), len(board.runs) > 1
    comment = f"{told['task']}, {told['folds']} folds, data {board.data_sha256[:SHORT]}"
    yield f"% {_comment(comment)}, fold plan {_comment(board.split_sha256[:SHORT])}"
    yield f"% bold: the best; dagger: {TIES}"
    yield f"\\begin{{tabular}}{{rl{'l' * several}l}}"
    yield "\\toprule"
    heads = ["rank", "learner", *["run"] * several, f"{escaped(board.label)} (95\\,\\%)"]
    yield f"{' & '.join(heads)} \\\\"
    yield "\\midrule"
    for one in told["learners"]:
        yield f"{' & '.join(_cells(one, several))} \\\\"
    yield "\\bottomrule"
    yield "\\end{tabular}"


def _cells(one: Mapping[str, Any], several: bool) -> list[str]:
    value = escaped(score(one)) if one["rank"] else escaped(one["verdict"])
    if one["verdict"] == "best":
        value = f"\\textbf{{{value}}}"
    elif one["ties_with_best"]:
        value += "$^\\dagger$"
    names = [learner_in_words(one), *[one["run"]] * several]
    return [str(one["rank"] or "-"), *map(escaped, names), value]


def _comment(text: str) -> str:
    """A text for a comment, which ends with its line."""
    return re.sub(r"[^ -~]", "?", text)
