from itertools import combinations

import numpy as np
import pytest
from rich.console import Console

from evaluation.comparing.candidate import Candidate
from evaluation.comparing.comparison import compare
from evaluation.judging.catalogue import METRICS
from reporting.figures.comparison import comparison_figure
from reporting.tables.comparison_cells import letter
from reporting.tables.comparison_matrix import pooled_matrix, signs, verdict_tables
from reporting.tables.comparison_table import conclusions, heading, legend, means_tables, pair_tables


def cells(table) -> list[list[str]]:
    """The texts of a table, column by column, its head first."""
    return [[str(column.header), *map(str, column.cells)] for column in table.columns]


@pytest.fixture
def candidates(imagine) -> list[Candidate]:
    """Three runs of a regression whose R2 is 0.5, 0.5 and 0.7 in the mean."""
    predictions = imagine("regression", folds=4)[0].of_role("scored")
    made = []
    for name, shift in {"one": 0.0, "two": 0.0, "three": 0.2}.items():
        folds = [
            {"seed": 0, "repeat": 0, "fold": fold, "train_rows": 80,
             "scored": dict.fromkeys(METRICS["regression"], 0.5 + shift + 0.01 * (fold - 1.5))}
            for fold in range(4)
        ]  # fmt: skip
        made.append(Candidate(name, {"task": "regression", "folds": folds}, predictions))
    return made


def lines(axes) -> list[np.ndarray]:
    return [np.asarray(line.get_xydata(), float) for line in axes.lines if len(line.get_xdata())]


def test_each_fold_is_a_line_through_all_candidates_and_the_mean_is_one_more(candidates):
    left, _ = comparison_figure(compare(candidates), candidates).axes
    drawn = [line for line in lines(left) if len(line) == 3]
    assert len(drawn) == 5
    np.testing.assert_allclose(drawn[0][:, 1], [one.values("r2")[0] for one in candidates])
    np.testing.assert_allclose(drawn[4][:, 1], [0.5, 0.5, 0.7])
    assert left.get_ylabel() == "R²"


def test_nothing_hides_a_fold(candidates):
    left, _ = comparison_figure(compare(candidates), candidates).axes
    assert left.get_legend() is None
    assert left.get_xlabel() == "thin: a fold; thick: the mean of all"
    widths = [line.get_linewidth() for line in left.lines]
    assert widths == [0.8] * 4 + [2]


def test_each_pair_has_its_interval_and_the_first_pair_is_on_top(candidates):
    compared = compare(candidates, ["r2"])
    _, right = comparison_figure(compared, candidates).axes
    level = [line for line in lines(right) if len(line) == 2 and line[0, 1] == line[1, 1]]
    found = [line[:, 0].tolist() for line in sorted(level, key=lambda line: -line[0, 1])]
    np.testing.assert_allclose(found, [[pair["low"], pair["high"]] for pair in compared["comparisons"]])
    names = {round(text.get_position()[1]): text.get_text() for text in right.get_yticklabels()}
    assert names == {2: "A - B", 1: "A - C", 0: "B - C"}
    assert right.figure.get_suptitle() == "A: one\nB: two\nC: three"
    said = {round(text.get_position()[1]): text.get_text() for text in right.texts}
    assert said[1] == "A better 0 %, same 0 %, C better 100 %"


def test_a_pair_that_is_undefined_says_so(candidates):
    candidates[0].metrics["folds"][0]["scored"]["r2"] = None
    _, right = comparison_figure(compare(candidates), candidates).axes
    assert [text.get_text() for text in right.texts].count("undefined in a fold") == 2


def test_the_tables_have_a_column_for_each_candidate_and_a_table_for_each_pair(candidates):
    compared = compare(candidates)
    [table] = means_tables(compared, {"model.dropout": ["0.1", "0.2", "0.3"]})
    assert [column.header for column in table.columns][1:] == ["A", "B", "C"]
    assert table.row_count == 1 + 4
    assert [next(iter(one.columns)).header for one in pair_tables(compared)] == ["A - B", "A - C", "B - C"]


def test_the_conclusions_name_the_winner_by_its_letter(candidates):
    said = list(conclusions(compare(candidates, ["r2"])))
    assert said == [
        "A and B: practically equivalent in r2",
        "A and C: C is better in r2",
        "B and C: C is better in r2",
    ]
    assert "all 4 metrics" in next(conclusions(compare(candidates)))


def test_of_three_runs_each_pair_is_a_column_and_a_cell_names_the_better_one(candidates):
    [table] = verdict_tables(compare(candidates, ["r2", "mae"]))
    assert cells(table) == [
        ["better", "r2", "mae"],
        ["A B", "=", "="],
        ["A C", "C", "A"],
        ["B C", "C", "B"],
    ]


def test_what_is_not_sure_is_in_brackets_or_a_sign(candidates):
    compared = compare(candidates, ["r2"])
    told = {"probably better": "(C)", "better": "C", "undecided": ".", "undefined": "-", "practically equivalent": "="}
    for verdict, cell in told.items():
        test = compared["comparisons"][1] | {"verdict": verdict, "winner": "three" if "better" in verdict else None}
        [table] = verdict_tables(compared | {"comparisons": [test]})
        assert cells(table)[1] == ["A C", cell]


@pytest.mark.parametrize("width", [80, 120])
def test_of_many_runs_nothing_is_lost_and_each_table_and_line_fits(candidates, width):
    many = [Candidate(f"run {n}", candidates[n % 3].metrics, candidates[0].predictions) for n in range(14)]
    compared = compare(many, rope=0.05)
    settings = {"training.early_stopping": ["{monitor: loss, patience: 15, min_delta: 0.0}", "null"] * 7}
    means, verdicts = list(means_tables(compared, settings, width)), list(verdict_tables(compared, width))
    assert [name for table in means for name, *_ in cells(table)[1:]] == [letter(n) for n in range(14)]
    pairs = [pair for table in verdicts for pair, *_ in cells(table)[1:]]
    assert pairs == [f"{a} {b}" for a, b in combinations("ABCDEFGHIJKLMN", 2)]
    for table in [*means, *verdicts, *pair_tables(compared)]:
        console = Console(width=width)
        with console.capture() as captured:
            console.print(table)
        assert max(map(len, captured.get().splitlines())) <= width
        assert cells(table)[0][1] in captured.get()
        assert "\N{HORIZONTAL ELLIPSIS}" not in captured.get()
    assert max(map(len, [*signs(compared), *legend(compared)])) <= 80


def test_numbers_are_whole_in_80_columns_however_large_or_small(candidates):
    for one, scale in zip(candidates, (1e-7, 3e9, 7e3), strict=True):
        for fold in one.metrics["folds"]:
            fold["scored"] |= {"loss": scale * fold["scored"]["mae"], "mae": 1e9 * scale * fold["scored"]["mae"]}
    console = Console(width=80)
    for table in pair_tables(compare(candidates)):
        with console.capture() as captured:
            console.print(table)
        assert len(captured.get().strip().splitlines()) == 2 + len(METRICS["regression"])


def test_what_else_is_said_of_a_candidate_is_beside_its_name_or_below_it(candidates):
    compared = compare(candidates)
    assert heading(compared, ["x"] * 3, 14) == ["A: one    x", "B: two    x", "C: three  x"]
    assert heading(compared, ["word"] * 3, 13) == ["A: one", "   word", "B: two", "   word", "C: three", "   word"]


def test_what_is_nearly_sure_is_not_said_to_be(candidates):
    compared = compare(candidates, ["r2"])
    for chance, told in {1.0: "100 %", 0.9999: ">99 %", 0.6: "60 %", 1e-9: "<1 %", 0.0: "0 %"}.items():
        compared["comparisons"][0]["equivalent"] = chance
        assert cells(next(pair_tables(compared)))[5][1] == told


def test_delongs_test_is_a_matrix_with_differences_above_the_diagonal_and_p_values_below(candidates):
    test = {"low": 0.0, "high": 0.0, "p": 0.01}
    found = [test | {"a": a, "b": b, "difference": difference, "p_holm": p} for (a, b), difference, p in zip(
        combinations(("one", "two", "three"), 2), (0.1, -0.2, -0.3), (0.03, 0.02, 0.0001), strict=True)]  # fmt: skip
    found[0]["p"] = None
    compared = compare(candidates, ["r2"])
    [table] = pooled_matrix(compared | {"pooled_auroc": found})
    assert cells(table) == [
        ["DeLong", "A", "B", "C"],
        ["A", "", "undefined", "0.020"],
        ["B", "undefined", "", "<0.001"],
        ["C", "-0.2000", "-0.3000", ""],
    ]
    assert list(pooled_matrix(compared)) == []
    assert [line for line in signs(compared) if "DeLong" in line] == []


def test_differences_of_a_small_unit_are_powers_of_ten_and_shares_are_not(candidates):
    for place, one in enumerate(candidates):
        for fold in one.metrics["folds"]:
            fold["scored"] |= {"mae": 1e-6 * fold["scored"]["mae"], "r2": 0.5 + 1e-9 * place}
    compared = compare(candidates, ["mae", "r2"])
    [table] = means_tables(compared, {})
    assert [column[1:] for column in cells(table)] == [
        ["mae", "r2"], ["5.000e-07", "0.5000"], ["5.000e-07", "0.5000"], ["7.000e-07", "0.5000"]
    ]  # fmt: skip
    assert cells(list(pair_tables(compared))[1])[1] == ["mean", "-2.000e-07", "+0.0000"]


def test_there_are_letters_for_any_number_of_candidates():
    assert [letter(number) for number in (0, 25, 26, 52)] == ["A", "Z", "A1", "A2"]
