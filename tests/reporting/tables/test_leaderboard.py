"""A leaderboard in every format: what is ranked, what is marked, and labels that would do harm."""

import csv as python_csv
import io
import json

import latex as reader
import numpy as np
import pytest
from imagined import candidate_of
from rich.console import Console

from evaluation.comparing.ranking import rank
from reporting.leaderboard.board import OPTIMISTIC, Board, described
from reporting.leaderboard.delimited import csv
from reporting.leaderboard.latex import escaped, latex
from reporting.leaderboard.terminal import board_table, heading, legend

FOLDS = np.array([0.90, 0.92, 0.88, 0.91, 0.93, 0.89, 0.90, 0.92, 0.91, 0.90])
HOSTILE = (
    "=HYPERLINK(1)", "@SUM(A1)", "\x1b[31mred\x1b[0m", "a\nb", "50% & $x_1^2$ #{~}", r"\input{/etc/passwd}", "a--b",
    "[bold]x[/bold]", "中文\u202e", "<<a>>", "?`,,", "''\"", "Größe", "ĦħĸĿŀŉŦŧſ", "ŻŹžŸœ", r"a\\b", r"\end{tabular}",
)  # fmt: skip


def board(names=("good", "near", "bad"), kinds=None, metric="auroc", failed=()) -> Board:
    shifts = {name: -0.1 * place for place, name in enumerate(names)}
    noise = 0.001 * np.sin(np.arange(10))
    candidates = [candidate_of(name, FOLDS + shift + noise * place, metric, failed if place == 2 else ())
                  for place, (name, shift) in enumerate(shifts.items())]  # fmt: skip
    told = kinds or dict.fromkeys(names, "network")
    return Board("d" * 64, "f" * 64, "binary", metric, rank(candidates, metric), told)


def printed(one: Board) -> list[str]:
    console = Console(width=80, file=io.StringIO())
    for line in heading(one):
        console.print(line, highlight=False, markup=False)
    console.print(board_table(one))
    return console.file.getvalue().splitlines()


def test_the_table_has_80_columns_a_rank_a_score_with_its_interval_and_a_verdict():
    lines = printed(board(("runs/of/a/very/long/folder/" * 4, "near", "bad")))
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert "binary, 10 folds, data dddddddddddd, fold plan ffffffffffff by AUROC, higher is better" in text
    assert "0.9060 (0.890, 0.922) best" in text
    assert text.count("worse") == 2
    assert "never ranked together" in "".join(legend(2))
    assert "never ranked together" not in "".join(legend(1))


def test_a_learner_without_a_rank_stands_last_and_says_why():
    one = board(failed=(1,))
    text = " ".join(" ".join(printed(one)).split())
    assert text.endswith("- lightning C 0.7064 (0.691, 0.722) 1 of 10 folds failed")
    assert reader.rows(latex([one]))[-1] == ["-", "lightning", "bad", "1 of 10 folds failed"]
    assert [line["rank"] for line in described(one)["learners"]] == [1, 2, None]


def test_json_and_csv_have_every_number_of_every_board():
    one, other = board(), board(metric="rmse")
    told = json.loads(json.dumps([described(one), described(other)]))
    lines = list(python_csv.DictReader(io.StringIO(csv([one, other]))))
    assert len(lines) == 6
    for line, entry in zip(lines, [entry for group in told for entry in group["learners"]], strict=True):
        assert float(line["mean"]) == entry["mean"]
        assert [float(line["ci95_low"]), float(line["ci95_high"])] == entry["ci95"]
        assert line["verdict"] == entry["verdict"]
        against = {name: line[f"{name}_to_best"] for name in ("difference", "low", "high", "p", "p_holm")}
        assert {name: float(one) if one else None for name, one in against.items()} == entry["against_best"]
        if entry["against_best"]["p"] is not None:
            assert float(against["low"]) < float(against["difference"]) < float(against["high"])
    assert [group["better"] for group in told] == ["higher", "lower"]


def test_latex_is_one_booktabs_tabular_for_each_board_with_the_best_one_bold():
    first, second = latex([board(), board(metric="rmse")]).split("\n\n")
    rows = reader.rows(first)
    assert rows[0] == ["rank", "learner", "run", "AUROC (95 %)"]
    assert rows[1] == ["1", "lightning", "good", "0.9060 (0.890, 0.922)"]
    assert first.count(r"\textbf{") == second.count(r"\textbf{") == 1
    assert [row[0] for row in reader.rows(second)] == ["rank", "1", "2", "3"]


def test_latex_marks_those_that_are_not_significantly_worse_and_no_other():
    shifted = {"good": FOLDS, "near": FOLDS + 0.01 * np.sin(np.arange(10)) - 0.002, "bad": FOLDS - 0.1}
    candidates = [candidate_of(name, values, "auroc") for name, values in shifted.items()]
    one = Board("d" * 64, "f" * 64, "binary", "auroc", rank(candidates, "auroc"), dict.fromkeys(shifted, "network"))
    told = {line["run"]: (line["verdict"], line["ties_with_best"]) for line in described(one)["learners"]}
    assert {run: ties for run, (_, ties) in told.items()} == {"good": True, "near": True, "bad": False}
    lines = {run: line for run in shifted for line in latex([one]).splitlines() if f"& {run} &" in line}
    assert {run: ("textbf" in line, "dagger" in line) for run, line in lines.items()} == {
        "good": (True, False), "near": (False, True), "bad": (False, False)
    }  # fmt: skip


@pytest.mark.parametrize("text", [*HOSTILE, *map(chr, range(32, 127)), *"--- ,,,"])
def test_any_label_is_printed_by_latex_as_it_is(text):
    shown = "".join(one if reader.has_glyph(one) else f"[U+{ord(one):04X}]" for one in text)
    assert reader.printed(escaped(text)) == shown
    assert reader.printed(escaped(text * 2)) == shown * 2


@pytest.mark.skipif(not reader.is_installed(), reason="pdflatex with booktabs is not installed")
def test_pdflatex_compiles_a_table_of_any_labels(tmp_path):
    latin = ["".join(map(chr, range(first, first + 64))) for first in (32, 96, 160, 224, 256, 320)]
    reader.compile_document(latex([board((*HOSTILE, *latin)), board(metric="rmse")]), tmp_path)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_label_runs_in_a_terminal_a_spreadsheet_or_latex(text):
    one = board((text, "near", "bad"), {text: OPTIMISTIC, "near": "imported", "bad": "search"})
    for line in printed(one):
        assert line.isprintable()
    written = csv([one])
    (line, *_) = python_csv.DictReader(io.StringIO(written))
    assert line["run"][0] not in "=@\x1b"
    assert "\x1b" not in written + latex([one]) + json.dumps(described(one))
    assert len(reader.rows(latex([one]))) == 4
    assert "lightning (imported)" in " ".join(" ".join(printed(one)).split())
