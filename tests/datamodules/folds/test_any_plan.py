"""Whatever table and settings, a fold plan keeps its promises or is refused in a line: hypothesis writes them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import StudyError
from configs.sections.folds import REPEATED, Folds
from datamodules.folds.plan import FoldPlan, Role, plan_folds
from datamodules.table import Table

METHODS = ("auto", "stratified", "kfold", "leave_one_out", "group", "stratified_group", "time_series", "split")


@st.composite
def tables(draw):
    """Up to 60 rows of any task, with groups or without."""
    rows, task = draw(st.integers(2, 60)), draw(st.sampled_from(["binary", "multiclass", "regression"]))
    classes = {"binary": 2, "multiclass": 4, "regression": 0}[task]
    if classes:
        known = st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows)
        targets = np.array(draw(known), np.int32)
    else:
        targets = np.array(draw(st.lists(st.integers(-9, 9), min_size=rows, max_size=rows)), np.float32)
    groups = None
    if draw(st.booleans()):
        groups = np.array(draw(st.lists(st.integers(0, 12), min_size=rows, max_size=rows)), np.int32)
    features = np.arange(rows, dtype=np.float32)[:, None]
    names = tuple(f"c{index}" for index in range(classes))
    return Table("any", features, targets, ("x",), "y", task, names, groups)


@st.composite
def plans(draw):
    method = draw(st.sampled_from(METHODS))
    return Folds(
        method=method,
        splits=draw(st.integers(2, 8)),
        repeats=draw(st.integers(1, 3)) if method in REPEATED else 1,
        test_fraction=draw(st.sampled_from([0.0, 0.1, 0.3])),
        validation_fraction=draw(st.sampled_from([0.0, 0.2])),
        gap=draw(st.integers(0, 4)) if method == "time_series" else 0,
    )


def planned(*given) -> tuple[FoldPlan | None, list[str]]:
    """A plan, or why there is none."""
    try:
        return plan_folds(*given), []
    except StudyError as error:
        return None, error.problems


@settings(max_examples=300, deadline=None)
@given(tables(), plans(), st.integers(0, 2**31 - 1), st.integers(1, 2))
def test_a_plan_scores_every_row_once_parts_no_group_and_never_looks_ahead(tmp_path_factory, table, folds, seed, seeds):
    plan, problems = planned(table, folds, seed, seeds)
    if plan is None:
        assert problems
        assert all(problem.startswith("folds") and "\n" not in problem for problem in problems)
        return
    test = (plan.roles == Role.test).any(0)
    assert (plan.roles == Role.train).any(1).all()
    assert ((plan.roles == Role.test) == test).all()
    for roles in plan.roles:
        if table.groups is not None:
            for group in np.unique(table.groups):
                assert len(set(roles[table.groups == group])) == 1
        if folds.method == "time_series":
            train, later = np.flatnonzero(roles == Role.train), np.flatnonzero(roles > Role.train)
            assert not len(later) or train.max() + folds.gap < later.min()
        elif table.task != "regression":
            assert len(np.unique(table.targets[roles == Role.train])) > 1
    if folds.method not in ("time_series", "split"):
        scored = (plan.roles == Role.scored).sum(0)
        np.testing.assert_array_equal(scored, np.where(test, 0, folds.repeats * seeds))
    again = plan_folds(table, folds, seed, seeds)
    assert again.digest() == plan.digest()
    path = tmp_path_factory.mktemp("plan") / "folds.npz"
    plan.save(path)
    assert FoldPlan.load(path).digest() == plan.digest()
