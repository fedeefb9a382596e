import numpy as np
import pytest

from evaluation.candidate import Candidate
from evaluation.comparison import compare
from evaluation.comparison_table import conclusions, letter, means_table, pair_tables
from evaluation.figures.comparison import comparison_figure
from evaluation.metrics import METRICS


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


def test_each_pair_has_its_interval_and_the_first_pair_is_on_top(candidates):
    compared = compare(candidates, ["r2"])
    _, right = comparison_figure(compared, candidates).axes
    level = [line for line in lines(right) if len(line) == 2 and line[0, 1] == line[1, 1]]
    found = [line[:, 0].tolist() for line in sorted(level, key=lambda line: -line[0, 1])]
    np.testing.assert_allclose(found, [[pair["low"], pair["high"]] for pair in compared["comparisons"]])
    names = {round(text.get_position()[1]): text.get_text() for text in right.get_yticklabels()}
    assert names == {2: "one\n- two", 1: "one\n- three", 0: "two\n- three"}


def test_a_pair_that_is_undefined_says_so(candidates):
    candidates[0].metrics["folds"][0]["scored"]["r2"] = None
    _, right = comparison_figure(compare(candidates), candidates).axes
    assert [text.get_text() for text in right.texts].count("undefined in a fold") == 2


def test_the_tables_have_a_column_for_each_candidate_and_a_table_for_each_pair(candidates):
    compared = compare(candidates)
    table = means_table(compared, {"model.dropout": ["0.1", "0.2", "0.3"]})
    assert [column.header for column in table.columns][1:] == ["A", "B", "C"]
    assert table.row_count == 1 + 4
    assert [next(iter(one.columns)).header for one in pair_tables(compared)] == ["A - B", "A - C", "B - C"]


def test_the_conclusions_name_the_winner_by_its_letter(candidates):
    said = list(conclusions(compare(candidates, ["r2"])))
    assert said == [
        "A and B: no practical difference in r2",
        "A and C: C is better in r2",
        "B and C: C is better in r2",
    ]
    assert "all 4 metrics" in next(conclusions(compare(candidates)))


def test_there_are_letters_for_any_number_of_candidates():
    assert [letter(number) for number in (0, 25, 26, 52)] == ["A", "Z", "A1", "A2"]
