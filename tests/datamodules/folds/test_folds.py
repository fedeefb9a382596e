import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit, train_test_split

from configs.errors import StudyError
from configs.member import Member
from configs.sections.data import Data
from configs.sections.folds import GROUPED, Folds
from datamodules.folds.method import describe_method, duplicate_groups, settled
from datamodules.folds.plan import FoldPlan, Role, plan_folds
from datamodules.folds.random_streams import SPLIT, stream
from datamodules.reading.loading import load_table

METHODS = ["auto", "stratified", "kfold", "leave_one_out", "group", "stratified_group", "time_series", "split"]


def folds_of(method: str = "stratified", **others: object) -> Folds:
    return Folds(method=method, **{"splits": 5, **others})


@pytest.fixture
def table(make_table):
    """60 rows of 3 unequal classes."""
    targets = np.random.default_rng(1).permutation([0] * 30 + [1] * 20 + [2] * 10)
    return make_table(targets, "multiclass")


def with_groups(table, method="group"):
    """The same in 12 groups of 5, if that is what is dealt; in order, the last five rows are one of them."""
    groups = np.repeat(np.arange(12, dtype=np.int32), 5)
    return replace(table, groups=groups) if method in GROUPED else table


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test_fraction", [0, 0.2])
@pytest.mark.parametrize("validation_fraction", [0, 0.15])
def test_every_member_trains_and_every_share_that_is_asked_for_is_there(
    table, method, test_fraction, validation_fraction
):
    folds = folds_of(method, test_fraction=test_fraction, validation_fraction=validation_fraction)
    plan = plan_folds(with_groups(table, method), folds, 0)
    for index in range(len(plan.members)):
        sizes = {role: len(plan.rows_of(index, role)) for role in Role}
        assert sum(sizes.values()) == table.rows
        assert sizes[Role.train] > 0
        assert (sizes[Role.test] > 0) == (test_fraction > 0)
        assert (sizes[Role.validation] > 0) == (validation_fraction > 0)
        assert (sizes[Role.scored] > 0) == (method != "split")


@pytest.mark.parametrize(
    ("method", "repeats"),
    [
        ("leave_one_out", 1),
        ("group", 1),
        *((method, repeats) for method in ("stratified", "kfold", "stratified_group", "auto") for repeats in (1, 3)),
    ],
)
def test_every_row_that_is_not_a_test_row_is_scored_exactly_once_per_repeat(table, method, repeats):
    plan = plan_folds(with_groups(table, method), folds_of(method, repeats=repeats), 3)
    for repeat in range(repeats):
        own = plan.roles[[member.repeat == repeat for member in plan.members]]
        scored, test = (own == Role.scored).sum(axis=0), (own == Role.test).any(axis=0)
        np.testing.assert_array_equal(scored, np.where(test, 0, 1))


@pytest.mark.parametrize("method", METHODS)
def test_the_test_rows_are_the_same_for_every_member_and_in_every_repeat(table, method):
    folds = folds_of(method, repeats=2 if method in ("stratified", "kfold") else 1)
    plan = plan_folds(with_groups(table, method), folds, 0)
    assert len(np.unique(plan.roles == Role.test, axis=0)) == 1


def test_the_folds_are_those_of_scikit_learn_and_repeats_differ(table):
    plan = plan_folds(table, folds_of(test_fraction=0, validation_fraction=0, repeats=2), 9)
    for repeat in range(2):
        state = int(stream(9, SPLIT, 1, repeat).integers(2**32))
        splitter = StratifiedKFold(5, shuffle=True, random_state=state)
        for fold, (train, scored) in enumerate(splitter.split(table.features, table.targets)):
            assert plan.members[repeat * 5 + fold] == Member(9, repeat, fold, 0)
            assert plan.rows_of(repeat * 5 + fold, Role.train).tolist() == train.tolist()
            assert plan.rows_of(repeat * 5 + fold, Role.scored).tolist() == scored.tolist()
    assert not np.array_equal(plan.roles[:5], plan.roles[5:])


def test_stratified_parts_hold_each_class_within_one_row_of_its_share(table):
    plan = plan_folds(table, folds_of(), 0)
    shares = np.bincount(table.targets) / table.rows
    for index in range(5):
        for role in (Role.train, Role.validation, Role.scored, Role.test):
            rows = plan.rows_of(index, role)
            assert np.abs(np.bincount(table.targets[rows], minlength=3) - shares * len(rows)).max() <= 1.5


@pytest.mark.parametrize("method", ["group", "stratified_group", "auto"])
def test_no_group_is_ever_on_two_sides(table, method):
    grouped = with_groups(table)
    for roles in plan_folds(grouped, folds_of(method), 0).roles:
        assert all(len(set(roles[grouped.groups == group])) == 1 for group in range(12))


def test_time_never_runs_backwards(table):
    plan = plan_folds(table, folds_of("time_series"), 0)
    for index in range(5):
        train, validation, scored, test = (plan.rows_of(index, role) for role in (1, 2, 3, 4))
        assert train.max() < validation.min() <= validation.max() < scored.min() <= scored.max() < test.min()
    kept = np.arange(48)
    for index, (_, scored) in enumerate(TimeSeriesSplit(5).split(kept)):
        assert plan.rows_of(index, Role.scored).tolist() == scored.tolist()


def test_a_gap_lies_between_what_is_trained_on_and_every_later_part(table):
    plan = plan_folds(table, folds_of("time_series", splits=3, gap=2), 0)
    for roles in plan.roles:
        parts = [np.flatnonzero(roles == role) for role in (Role.train, Role.validation, Role.scored)]
        for before, after in pairwise(parts):
            assert after.min() - before.max() == 3
        assert set(roles[parts[0].max() + 1 : parts[1].min()]) == {Role.unused}
    kept = np.arange(46)  # two more rows before the test part are left out
    for roles, (_, scored) in zip(plan.roles, TimeSeriesSplit(3, gap=2).split(kept), strict=True):
        assert np.flatnonzero(roles == Role.scored).tolist() == scored.tolist()


def test_rows_are_in_the_order_of_the_column_that_is_named(table):
    plan = plan_folds(table, folds_of("time_series", splits=3, time="b", gap=1), 0)
    times = table.features[:, 1]
    for roles in plan.roles:
        parts = [times[roles == role] for role in (Role.train, Role.validation, Role.scored, Role.test)]
        for before, after in pairwise(parts):
            assert before.max() < after.min()
    order = np.argsort(times)
    sorted_table = replace(table, features=table.features[order], targets=table.targets[order])
    by_file = plan_folds(sorted_table, folds_of("time_series", splits=3, gap=1), 0)
    np.testing.assert_array_equal(plan.roles[:, order], by_file.roles)


def test_groups_of_classes_are_dealt_as_scikit_learn_deals_them(table):
    grouped = with_groups(table)
    plan = plan_folds(grouped, folds_of("stratified_group", splits=4, test_fraction=0, validation_fraction=0), 9)
    state = int(stream(9, SPLIT, 1, 0).integers(2**32))
    splitter = StratifiedGroupKFold(4, shuffle=True, random_state=state)
    for roles, (_, scored) in zip(
        plan.roles, splitter.split(table.targets, table.targets, grouped.groups), strict=True
    ):
        assert np.flatnonzero(roles == Role.scored).tolist() == scored.tolist()


@pytest.mark.parametrize(
    ("task", "grouped", "method"),
    [
        ("multiclass", False, "stratified"),
        ("multiclass", True, "stratified_group"),
        ("regression", False, "stratified"),
        ("regression", True, "group"),
    ],
)
def test_auto_is_the_method_that_fits_the_table_and_is_told(make_table, task, grouped, method):
    targets = np.random.default_rng(1).permutation([0] * 30 + [1] * 20 + [2] * 10)
    made = make_table(targets + (task == "regression") * np.linspace(0, 0.1, 60), task)
    made = with_groups(made) if grouped else made
    auto = folds_of("auto", splits=3)
    assert settled(auto, made) == folds_of(method, splits=3)
    assert plan_folds(made, auto, 0).digest() == plan_folds(made, folds_of(method, splits=3), 0).digest()
    assert describe_method(auto, made).endswith(f"(folds.method: auto is {method} here)")
    assert describe_method(folds_of(method), made) == ""


@pytest.mark.parametrize("rows", [23, 60, 442])
def test_every_part_of_a_regression_has_its_share_of_small_and_of_large_targets(make_table, rows):
    targets = np.random.default_rng(0).lognormal(sigma=2, size=rows)
    table = make_table(targets, "regression")
    plan = plan_folds(table, folds_of("stratified"), 0)
    upper = table.targets > np.median(table.targets)
    for roles in plan.roles:
        for role in (Role.scored, Role.test):
            assert abs(int(upper[roles == role].sum()) - (roles == role).sum() / 2) <= 1.5


def test_rows_with_equal_inputs_are_a_group_and_missing_values_equal_each_other(make_table):
    features = np.array([[1, np.nan], [1, np.nan], [2, 0], [1, 0], [2, -0.0], [np.nan, 0]], np.float32)
    table = make_table([0, 1, 0, 1, 0, 1], features=features, columns=("a", "b"))
    groups = duplicate_groups(table)
    same = [[int(groups[i] == groups[j]) for j in range(6)] for i in range(6)]
    expected = np.eye(6, dtype=int)
    expected[0, 1] = expected[1, 0] = expected[2, 4] = expected[4, 2] = 1
    assert same == expected.tolist()


def test_split_is_one_member_that_scores_nothing(table):
    plan = plan_folds(table, folds_of("split"), 0)
    assert plan.members == (Member(0, 0, 0, 0),)
    assert [len(plan.rows_of(0, role)) for role in Role] == [0, 40, 8, 0, 12]


def test_leave_one_out_scores_one_row_per_member(table):
    plan = plan_folds(table, folds_of("leave_one_out"), 0)
    assert len(plan.members) == 48
    assert {len(plan.rows_of(index, Role.scored)) for index in range(48)} == {1}


@pytest.mark.parametrize("method", METHODS)
def test_a_published_test_part_goes_before_the_test_fraction(table, method):
    published = replace(with_groups(table, method), test_rows=np.arange(55, 60))
    for fraction in (0, 0.3):
        plan = plan_folds(published, folds_of(method, test_fraction=fraction), 0)
        assert {tuple(plan.rows_of(index, Role.test)) for index in range(len(plan.members))} == {(55, 56, 57, 58, 59)}


@pytest.mark.parametrize("method", ["stratified", "kfold", "split"])
def test_a_plan_is_a_function_of_table_folds_and_seed(table, method):
    first = plan_folds(table, folds_of(method), 0)
    np.random.default_rng().normal()
    assert plan_folds(table, folds_of(method), 0).digest() == first.digest()
    other = plan_folds(table, folds_of(method), 1)
    assert not np.array_equal(other.roles == Role.test, first.roles == Role.test)
    assert not np.array_equal(other.roles == Role.train, first.roles == Role.train)


@pytest.mark.parametrize("method", ["stratified", "kfold"])
def test_the_validation_part_is_scikit_learns_with_the_state_of_its_seed_repeat_and_fold(table, method):
    plan = plan_folds(table, folds_of(method, repeats=2), 9)
    for place, (seed, repeat, fold, _) in enumerate(plan.members):
        state = int(stream(seed, SPLIT, 2, repeat, fold).integers(2**32))
        outside = np.sort(np.concatenate([plan.rows_of(place, role) for role in (Role.train, Role.validation)]))
        classes = table.targets[outside] if method == "stratified" else None
        fraction = folds_of(method).validation_fraction
        _, held = train_test_split(outside, test_size=fraction, random_state=state, stratify=classes)
        assert plan.rows_of(place, Role.validation).tolist() == sorted(held.tolist())


def test_the_validation_part_does_not_depend_on_how_many_repeats_there_are(table):
    once, twice = plan_folds(table, folds_of(), 0), plan_folds(table, folds_of(repeats=2), 0)
    assert twice.subset(range(5)).digest() == once.digest()


def test_a_regression_is_divided_at_random(make_table):
    table = make_table(np.linspace(0, 1, 40), "regression")
    plan = plan_folds(table, folds_of("kfold", test_fraction=0, validation_fraction=0), 0)
    sizes = [len(scored) for _, scored in KFold(5).split(np.arange(40))]
    assert [len(plan.rows_of(index, Role.scored)) for index in range(5)] == sizes
    assert [len(plan_folds(table, folds_of("split"), 0).rows_of(0, role)) for role in Role] == [0, 27, 5, 0, 8]


def test_the_default_study_has_the_plan_that_it_always_had():
    plan = plan_folds(load_table(Data()), Folds(), 0)
    assert plan.digest().startswith("08eef19eb7798d4d")


def test_a_saved_plan_loads_back_and_leaves_no_other_file(table, tmp_path):
    plan = plan_folds(table, folds_of(repeats=2), 2**31 - 1)
    plan.save(tmp_path / "folds.npz")
    loaded = FoldPlan.load(tmp_path / "folds.npz")
    assert loaded.members == plan.members
    assert type(loaded.members[0]) is Member
    np.testing.assert_array_equal(loaded.roles, plan.roles)
    assert loaded.digest() == plan.digest()
    assert [path.name for path in tmp_path.iterdir()] == ["folds.npz"]


def test_a_subset_keeps_keys_with_their_roles(table):
    plan = plan_folds(table, folds_of(), 0)
    part = plan.subset([3, 1])
    assert part.members == (plan.members[3], plan.members[1])
    np.testing.assert_array_equal(part.roles, plan.roles[[3, 1]])


def test_the_digest_changes_with_a_role_and_with_a_key(table):
    plan = plan_folds(table, folds_of(), 0)
    roles = plan.roles.copy()
    roles[0, 0] = (roles[0, 0] + 1) % 5
    other_key = (Member(1), *plan.members[1:])
    assert len({plan.digest(), FoldPlan(plan.members, roles).digest(), FoldPlan(other_key, plan.roles).digest()}) == 3


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"text", b"\x93NUMPY"])
def test_what_is_not_a_plan_is_refused(tmp_path, content):
    (tmp_path / "folds.npz").write_bytes(content)
    with pytest.raises(StudyError, match=r"folds\.npz: is not a fold plan .*; start a new run"):
        FoldPlan.load(tmp_path / "folds.npz")


def test_a_plan_that_was_changed_after_it_was_saved_is_refused(table, tmp_path):
    plan = plan_folds(table, folds_of(), 0)
    keys = np.array(plan.members, np.int64)
    np.savez(tmp_path / "folds.npz", members=keys, roles=plan.roles[:, ::-1].copy(), digest=np.array(plan.digest()))
    with pytest.raises(StudyError, match="does not have the digest it was saved with"):
        FoldPlan.load(tmp_path / "folds.npz")


def test_a_plan_whose_arrays_do_not_fit_together_cannot_be_made():
    with pytest.raises(AssertionError):
        FoldPlan((Member(0),), np.zeros((2, 3), np.int8))
    with pytest.raises(AssertionError):
        FoldPlan((Member(0),), np.zeros((1, 3), np.int64))


def full_disk(descriptor):
    raise OSError(28, "No space left on device")


def test_on_a_full_disk_the_old_plan_stays_whole(table, tmp_path, monkeypatch):
    plan, path = plan_folds(table, folds_of(), 0), tmp_path / "folds.npz"
    plan.save(path)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left") as error:
        plan.save(path)
    assert error.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]
    assert FoldPlan.load(path).digest() == plan.digest()


def test_a_plan_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "folds.npz").mkdir()
    with pytest.raises(StudyError, match=r"npz: cannot be read \(is not a regular file\); fix that, or start a new"):
        FoldPlan.load(tmp_path / "folds.npz")


@pytest.mark.parametrize("method", METHODS)
def test_every_seed_has_the_same_roles_and_the_members_of_the_first_come_first(table, method):
    folds = folds_of(method, repeats=2 if method in ("stratified", "kfold") else 1)
    one = plan_folds(with_groups(table, method), folds, 7)
    plan = plan_folds(with_groups(table, method), folds, 7, seeds=3)
    assert plan.members == tuple(member._replace(seed=seed) for seed in (7, 8, 9) for member in one.members)
    np.testing.assert_array_equal(plan.roles, np.concatenate([one.roles] * 3))
    assert plan.subset(range(len(one.members))).digest() == one.digest()


def test_the_split_is_addressed_by_its_own_seed_and_the_members_by_theirs(table):
    seventh = plan_folds(table, folds_of(seed=7), 0, seeds=2)
    assert [member.seed for member in seventh.members] == [0] * 5 + [1] * 5
    np.testing.assert_array_equal(seventh.roles[:5], plan_folds(table, folds_of(), 7).roles)
    np.testing.assert_array_equal(seventh.roles[5:], plan_folds(table, folds_of(seed=7), 1).roles)
    assert not np.array_equal(seventh.roles[:5], plan_folds(table, folds_of(), 0).roles)


def test_a_plan_of_several_seeds_is_read_as_it_was_saved(table, tmp_path):
    plan = plan_folds(table, folds_of(), 3, seeds=2)
    plan.save(tmp_path / "folds.npz")
    read = FoldPlan.load(tmp_path / "folds.npz")
    assert (read.members, read.digest()) == (plan.members, plan.digest())
    np.testing.assert_array_equal(read.roles, plan.roles)
