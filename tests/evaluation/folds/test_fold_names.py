from evaluation.folds.names import fold_names


def test_a_fold_is_named_by_its_number():
    assert fold_names([(0, 0, 3, 0), (0, 0, 12, 0)]) == {(0, 0, 3, 0): "fold_03", (0, 0, 12, 0): "fold_12"}


def test_what_else_tells_the_members_apart_is_said():
    repeated = [(0, 0, 3), (0, 1, 3)]
    assert fold_names(repeated) == {repeated[0]: "fold_03_repeat_00", repeated[1]: "fold_03_repeat_01"}
    several = [(7, 0, 0, 0), (8, 0, 0, 2)]
    assert fold_names(several)[several[1]] == "fold_00_seed_08_trial_02"


def test_a_member_has_the_same_name_with_and_without_its_trial():
    keys = [(0, repeat, fold, 0) for repeat in range(2) for fold in range(3)]
    assert list(fold_names(keys).values()) == list(fold_names(key[:3] for key in keys).values())


def test_nobody_has_no_name():
    assert fold_names([]) == {}
