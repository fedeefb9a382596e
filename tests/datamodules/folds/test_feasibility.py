import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import TimeSeriesSplit

from configs.errors import StudyError
from configs.sections.folds import Folds
from datamodules.folds import obstacles
from datamodules.folds.obstacles import most_in_time
from datamodules.folds.plan import plan_folds
from datamodules.schema import Column


def problems_of(table, method: str = "stratified", **others: object) -> list[str]:
    with pytest.raises(StudyError) as caught:
        plan_folds(table, Folds(method=method, **others), 0)
    return caught.value.problems


def largest_of(problem: str) -> int:
    return int(re.search(r"(\d+) is the largest that works", problem)[1])


@pytest.mark.parametrize(
    ("method", "num_rows", "largest"), [("kfold", 9, 9), ("stratified", 9, 3), ("time_series", 9, 8), ("group", 9, 4)]
)
@pytest.mark.parametrize("validation_fraction", [0, 0.3])
def test_too_many_folds_name_the_largest_number_and_it_works(
    make_table, method, num_rows, largest, validation_fraction
):
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3], np.int32) if method == "group" else None
    table = make_table([0, 1, 1, 0, 1, 1, 0, 1, 1], groups=groups)
    others = {"test_fraction": 0, "validation_fraction": validation_fraction}
    problems = problems_of(table, method, splits=20, **others)
    assert len(problems) == 1
    assert problems[0].startswith("folds.splits: made has ")
    assert problems[0].endswith("received 20")
    works = largest_of(problems[0])
    assert works <= largest
    if validation_fraction == 0 and method != "time_series":
        assert works == largest
    plan = plan_folds(table, Folds(method=method, splits=works, **others), 0)
    assert len(plan.members) == works


def test_the_class_that_is_too_rare_is_named(make_table):
    table = make_table([0] * 40 + [1] * 6, classes=("well", "ill"))
    assert problems_of(table) == [
        "folds.splits: made has 5 rows of class 'ill' outside the held-out test set: 5 is the largest that "
        "works, received 10"
    ]


def test_no_number_of_folds_is_promised_where_none_works(make_table):
    table = make_table([0] * 20 + [1])
    assert "no number of folds works; use another folds.method" in problems_of(table, test_fraction=0)[0]


@pytest.mark.parametrize(
    ("groups", "fractions", "named", "largest"),
    [
        (3, {}, "folds.test_fraction=0", 3),
        (3, {"test_fraction": 0.5}, "folds.test_fraction=0", 3),
        (2, {"test_fraction": 0}, "folds.validation_fraction=0", 2),
        (2, {}, "folds.test_fraction=0 and folds.validation_fraction=0", 2),
        (4, {"test_fraction": 0.5, "validation_fraction": 0}, None, 2),
    ],
)
def test_groups_too_few_for_three_parts_name_the_part_to_leave_out(make_table, groups, fractions, named, largest):
    table = make_table([0, 1] * 30, groups=np.arange(60, dtype=np.int32) // 2 % groups)
    (problem,) = problems_of(table, "group", splits=5, **fractions)
    if named is None:
        assert largest_of(problem) == largest
        return
    stop = " (and training.early_stopping=null)" * ("validation_fraction" in named)
    assert f"too few for any folds: with {named} up to {largest} work{stop}, received" in problem
    assert problem.startswith(named.partition("=")[0])
    changed = dict(pair.removeprefix("folds.").split("=") for pair in named.split(" and "))
    cured = Folds(method="group", splits=largest, **fractions | {key: float(value) for key, value in changed.items()})
    assert len(plan_folds(table, cured, 0).members) == largest


def test_one_group_is_no_reason_to_part_it(make_table):
    table = make_table([0, 1] * 30, groups=np.zeros(60, np.int32))
    assert problems_of(table, "group", test_fraction=0) == [
        "folds.splits: made has 1 group outside the held-out test set: no number of folds works; "
        "take finer groups, received 10"
    ]


def test_a_test_part_that_leaves_too_little_is_blamed_itself(make_table):
    table = make_table([0] * 212 + [1] * 357)
    (problem,) = problems_of(table, test_fraction=0.99)
    assert problem == (
        "folds.test_fraction: made has 2 rows of class 'c0' outside the held-out test set, too few for any folds: "
        "with folds.test_fraction=0 up to 212 work, received 0.99"
    )


def test_a_class_of_one_row_cannot_be_in_two_parts(make_table):
    problem = problems_of(make_table([0] * 20 + [1]))[0]
    assert problem.startswith("folds.test_fraction: made has 1 row of class 'c1', and both parts need one")
    assert problem.endswith("; drop or merge the class, received 0.2")  # nothing else would work


def test_a_part_too_small_for_all_classes_is_refused(make_table):
    table = make_table(np.tile(np.arange(10), 3), "multiclass")
    assert "would be cut into 27 and 3 rows" in problems_of(table, test_fraction=0.1, splits=2)[0]
    problem = problems_of(table, test_fraction=0, validation_fraction=0.1, splits=3)[0]
    assert problem.startswith("folds.validation_fraction: fold 0 of made would be cut into 18 and 2 rows")


def test_a_cut_that_leaves_nothing_is_refused(make_table):
    assert (
        "nothing would be left to train on; set folds.test_fraction=0, received 0.99"
        in problems_of(make_table([0, 1] * 5), "kfold", test_fraction=0.99)[0]
    )
    groups = np.zeros(10, np.int32)
    problem = problems_of(make_table([0, 1] * 5, groups=groups), "group", splits=2)[0]
    assert "made has 1 group, and nothing would be left to train on; take more rows, or finer groups" in problem


def test_a_regression_has_no_classes_to_stratify(make_table):
    table = make_table(np.linspace(0, 1, 30), "regression")
    grouped = replace(table, groups=np.arange(30, dtype=np.int32) // 3)
    assert problems_of(grouped, "stratified_group") == [
        "folds.method: made is a regression, which has no classes to stratify; use group"
    ]
    assert plan_folds(table, Folds(method="stratified", splits=5), 0).members


def test_a_time_must_be_a_column_of_dates_or_numbers_without_gaps(make_table):
    table = make_table([0, 1] * 20)
    assert plan_folds(table, Folds(method="time_series", splits=3, time="a"), 0).members
    (unknown,) = problems_of(table, "time_series", splits=3, time="when")
    assert unknown.startswith("folds.time: ")
    assert "when" in unknown
    features = table.features.copy()
    features[3, 0] = np.nan
    (missing,) = problems_of(replace(table, features=features), "time_series", splits=3, time="a")
    assert missing == "folds.time: column 'a' of made has 1 missing value (row 4); drop those rows"
    schema = (Column("a", "a", "categorical", ("x", "y")), *table.schema[1:])
    (words,) = problems_of(replace(table, schema=schema), "time_series", splits=3, time="a")
    assert words == "folds.time: column 'a' of made holds words; name a column of dates or numbers"


def test_groups_are_not_dealt_anew(make_table):
    table = make_table([0, 1] * 20, "regression", groups=np.repeat(np.arange(8, dtype=np.int32), 5))
    assert problems_of(table, "auto", splits=3, repeats=2) == [
        "folds.method: made is split by group, which gives the same folds again; set folds.repeats to 1"
    ]


@pytest.mark.parametrize("gap", [0, 1, 7, 30])
def test_folds_in_time_are_as_many_as_scikit_learn_can_make(make_table, gap):
    def can_be_made(splits):
        try:
            return bool(next(TimeSeriesSplit(splits, gap=gap).split(np.arange(40))))
        except ValueError:
            return False

    most = max(1, most_in_time(40, gap))
    assert all(can_be_made(splits) for splits in range(2, most + 1))
    assert not can_be_made(most + 1)


def test_group_folds_need_groups(make_table):
    assert problems_of(make_table([0, 1] * 20), "group") == [
        "folds.method: made has no groups; name their column in folds.group, or use another method"
    ]


@pytest.mark.parametrize("method", ["stratified", "kfold", "leave_one_out", "time_series", "split"])
def test_a_method_that_would_part_the_groups_of_a_table_is_refused(make_table, method):
    table = make_table([0, 1] * 20, groups=np.repeat(np.arange(8, dtype=np.int32), 5))
    assert problems_of(table, method) == [
        f"folds.method: made has groups, which {method} would part; set folds.method to group"
    ]


def test_a_published_test_part_that_parts_groups_is_refused(make_table):
    groups = np.repeat(np.arange(8, dtype=np.int32), 5)
    table = make_table([0, 1] * 20, groups=groups, test_rows=np.arange(28, 40))
    assert problems_of(table, "group", splits=3) == [
        "folds.method: 1 group of made is in its held-out test set and outside of it; "
        "take other groups, or no published test rows"
    ]


def test_a_fold_that_would_train_on_one_class_is_refused(make_table):
    table = make_table([0] * 15 + [1] * 15)
    expected = "folds: fold 0 of made would train on a single class; use folds.method=stratified"
    assert problems_of(table, "time_series", splits=5, test_fraction=0) == [expected]


def test_more_roles_than_memory_are_refused_before_they_are_made(make_table, monkeypatch):
    monkeypatch.setattr(obstacles, "MAX_ROLES", 30 * 12)
    table = make_table([0, 1] * 15)
    assert "leave_one_out of 30 rows" in problems_of(table, "leave_one_out", test_fraction=0)[0]
    assert largest_of(problems_of(table, "kfold", splits=13, test_fraction=0)[0]) == 12


def test_one_row_cannot_be_left_out_of_itself(make_table):
    table = make_table([1], classes=("c0", "c1"))
    assert "leave_one_out of 1 row " in problems_of(table, "leave_one_out", test_fraction=0, validation_fraction=0)[0]


def followed(problem: str, method: str, others: dict) -> list[Folds]:
    """The study after each of the changes that a problem advises."""
    ways = problem.partition("; ")[2].partition(", received")[0].split(" or ")
    changes = [dict(re.findall(r"folds\.(\w+)=([\w.]+)", way)) for way in ways]
    kinds = {"splits": int, "method": str}
    return [
        Folds(**{"method": method} | others | {key: kinds.get(key, float)(value) for key, value in change.items()})
        for change in changes
        if change
    ]


@pytest.mark.parametrize(
    ("counts", "method", "others"),
    [
        ((20, 1), "stratified", {}),
        ((20, 20, 1), "stratified", {}),
        ((3,) * 10, "stratified", {"test_fraction": 0.1, "splits": 2}),
        ((3,) * 10, "stratified", {"test_fraction": 0.0, "validation_fraction": 0.1, "splits": 3}),
        ((5, 5), "kfold", {"test_fraction": 0.99}),
        ((4, 4), "stratified", {"test_fraction": 0.95, "splits": 8}),
        ((15, 15), "time_series", {"test_fraction": 0.0, "splits": 5}),
        ((2, 2), "split", {"test_fraction": 0.9}),
        ((1, 30), "split", {}),
    ],
)
def test_advice_that_is_followed_is_not_refused_again(make_table, counts, method, others):
    table = make_table(np.repeat(np.arange(len(counts)), counts), "binary" if len(counts) == 2 else "multiclass")
    (problem,) = problems_of(table, method, **others)
    studies = followed(problem, method, others)
    assert studies or "drop or merge the class" in problem
    for study in studies:
        assert plan_folds(table, study, 0).members
