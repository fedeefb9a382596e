"""Subsets of training rows: nested, stratified, whole groups, the latest in time; nobody else's rows change."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import learning_curve
from small import small

from configs.errors import StudyError
from datamodules.folds.plan import Role, plan_folds
from datamodules.folds.subsets import sized_plan

SIZES = (0.1, 0.25, 0.5, 1.0)


def subsets(plan, sizes=SIZES):
    """Training rows by size and member of the plan without sizes."""
    members = len(plan.members) // len(sizes)
    return [[set(plan.rows_of(size * members + one, Role.train).tolist()) for one in range(members)]
            for size in range(len(sizes))]  # fmt: skip


def grouped():
    study, folds = small()
    table = replace(folds.table, groups=(np.arange(folds.table.rows) // 7).astype(np.int32))
    by_group = study.folds.model_copy(update={"method": "group"})
    return by_group, table, plan_folds(table, by_group, study.seed)


def test_subsets_are_nested_and_every_other_row_keeps_its_role():
    study, folds = small("seeds=2")
    plan = sized_plan(folds.plan, folds.table, study.folds, SIZES, study.seed)
    assert [member.trial for member in plan.members] == [0] * 6 + [1] * 6 + [2] * 6 + [3] * 6
    assert [member[:3] for member in plan.members] == [member[:3] for member in folds.members] * 4
    found = subsets(plan)
    for smaller, larger in pairwise(found):
        assert all(one < other for one, other in zip(smaller, larger, strict=True))
    np.testing.assert_array_equal(plan.roles[-6:], folds.plan.roles)
    for size in range(4):
        own = plan.roles[size * 6 : (size + 1) * 6]
        others = folds.plan.roles != Role.train
        np.testing.assert_array_equal(own[others], folds.plan.roles[others])
        assert set(np.unique(own[~others])) <= {Role.unused, Role.train}
        assert found[size][:3] == found[size][3:]  # the seeds of a fold share their rows
    assert found[0][0] != found[0][1]


def test_a_size_has_as_many_rows_as_scikit_learn_takes():
    study, folds = small("folds.test_fraction=0", "folds.validation_fraction=0", "training.early_stopping=null")
    plan = sized_plan(folds.plan, folds.table, study.folds, SIZES, study.seed)
    rows = min(len(one) for one in subsets(plan)[-1])
    targets = folds.table.targets
    sizes = learning_curve(DummyClassifier(), folds.table.features, targets, train_sizes=SIZES, cv=3)[0]
    assert [min(len(one) for one in every) for every in subsets(plan)] == sizes.tolist()
    assert rows == sizes[-1]


def test_every_subset_has_the_classes_in_their_proportion():
    study, folds = small("data.source=wine")
    plan = sized_plan(folds.plan, folds.table, study.folds, SIZES, study.seed)
    for every in subsets(plan):
        for one, whole in zip(every, subsets(plan)[-1], strict=True):
            counts, share = (np.bincount(folds.table.targets[list(rows)], minlength=3) for rows in (one, whole))
            assert (np.abs(counts - share * len(one) / len(whole)) <= 1).all()
            assert counts.min() >= 1


def test_groups_stay_whole_and_are_taken_as_long_as_they_fit():
    folds, table, plan = grouped()
    sized = sized_plan(plan, table, folds, SIZES, 0)
    for size, every in zip(SIZES, subsets(sized), strict=True):
        for one, whole in zip(every, subsets(sized)[-1], strict=True):
            taken = np.isin(table.groups[list(whole)], np.unique(table.groups[list(one)]))
            assert taken.sum() == len(one)
            assert len(whole) * size - 7 <= len(one) <= len(whole) * size


def test_in_time_the_latest_rows_are_taken_so_that_no_gap_grows():
    study, folds = small("folds.method=time_series", "data.source=diabetes", "folds.gap=2")
    plan = sized_plan(folds.plan, folds.table, study.folds, SIZES, study.seed)
    for every in subsets(plan):
        for one, whole in zip(every, subsets(plan)[-1], strict=True):
            assert one == set(sorted(whole)[-len(one) :])


def test_the_rows_of_a_size_depend_on_no_other_size():
    study, folds = small()
    many = sized_plan(folds.plan, folds.table, study.folds, SIZES, study.seed)
    one = sized_plan(folds.plan, folds.table, study.folds, (0.25,), study.seed)
    np.testing.assert_array_equal(many.roles[3:6], one.roles)
    other = sized_plan(folds.plan, folds.table, study.folds, (0.25,), study.seed + 1)
    assert (other.roles != one.roles).any()


def test_a_size_that_is_too_small_is_told_before_anything_trains():
    study, folds = small()
    with pytest.raises(StudyError, match=r"sizes: 0\.001 of the .* training rows of fold 0 of .* choose larger sizes"):
        sized_plan(folds.plan, folds.table, study.folds, (0.001, 1.0), study.seed)
