"""`optimizer.schedule` and `training.plateau`: checked when the study is read."""

import pytest

from configs.loading.loading import dump_study, load_study
from configs.seats.schedules import SCHEDULES
from configs.sections.training import Plateau

COSINE = {"end_factor": 0.0}


def schedule_of(*overrides, file=None):
    return load_study(file, overrides).optimizer.schedule


def test_a_schedule_is_a_name_or_a_name_with_arguments_and_its_defaults_are_filled_in():
    assert (schedule_of().name, schedule_of().warmup, schedule_of().arguments) == ("constant", 0.0, {})
    assert schedule_of("optimizer.schedule=cosine").arguments == COSINE
    given = schedule_of("optimizer.schedule={name: cosine, warmup: 0.1}")
    assert (given.warmup, given.arguments) == (0.1, COSINE)
    assert schedule_of("optimizer.schedule.warmup=0.1").name == "constant"
    assert schedule_of("optimizer.schedule.name=step", "optimizer.schedule.every=0.5").arguments["every"] == 0.5


def test_a_study_with_a_schedule_and_a_plateau_is_read_as_it_was_written(tmp_path):
    for said in ("constant", "{name: constant, warmup: 0.1}", "one_cycle", "{name: step, gamma: 0.5, warmup: 0.2}"):
        study = load_study(None, [f"optimizer.schedule={said}", "training.plateau={patience: 2}"])
        (tmp_path / "study.yaml").write_text(dump_study(study))
        assert load_study(tmp_path / "study.yaml") == study


def test_shipped_are_these_schedules_and_each_may_be_chosen():
    assert SCHEDULES.known() == ["constant", "cosine", "coslog4", "linear", "one_cycle", "step"]
    assert [schedule_of(f"optimizer.schedule={name}").name for name in SCHEDULES.known()] == SCHEDULES.known()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optimizer.schedule=cosin", "there is no schedule 'cosin'; did you mean 'cosine'? (known: constant, cosine,"),
        ("optimizer.schedule={warmup: 1}", "optimizer.schedule.warmup: must be < 1, received 1"),
        ("optimizer.schedule={name: step, every: 0}", "optimizer.schedule.every: must be > 0, received 0"),
        ("optimizer.schedule={name: linear, end: 0}", "unknown key 'end' (known: name, warmup, end_factor)"),
        ("optimizer.schedule=1", "must be a section of keys and values, received 1"),
        ("training.plateau={factor: 1}", "training.plateau.factor: must be < 1, received 1"),
        ("training.plateau={patience: -1}", "training.plateau.patience: must be >= 0, received -1"),
        ("training.plateau={patience: 14}", "patience=14 has no effect, because early_stopping.patience=15 finishes"),
    ],
)
def test_a_wrong_schedule_or_plateau_is_told_in_one_line(problems, override, said):
    [line] = problems(override)
    assert line.startswith(f"override {override}: ")
    assert said in line


def test_a_plateau_may_have_any_patience_where_nothing_stops_a_fold_before():
    assert load_study(None, ["training.plateau={}"]).training.plateau == Plateau()
    assert load_study(None, ["training.plateau.patience=13"]).training.plateau.patience == 13
    for others in (["training.early_stopping=null"], ["training.plateau.min_delta=0.1"]):
        assert load_study(None, [*others, "training.plateau.patience=50"]).training.plateau.patience == 50


def test_another_schedule_keeps_the_warm_up_of_the_file_and_not_the_arguments_of_its_own(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("optimizer: {schedule: {name: linear, end_factor: 0.5, warmup: 0.25}}\n")
    changed = schedule_of("optimizer.schedule.name=cosine", file=file)
    assert (changed.name, changed.warmup, changed.arguments) == ("cosine", 0.25, COSINE)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("def factor(progress, *, rate=2): ...", ":1: parameter 'rate' has no type"),
        ("def factor(progress, *, name: str = 'a'): ...", ":1: parameter 'name' needs another name"),
        (
            "def factor(progress, *, warmup: Share = 0.1): ...",
            ": parameter 'warmup' needs another name: it is a key of",
        ),
        ("def factor(time): ...", ":1: factor must be factor(progress, *, ...)"),
        ("def rate(progress): ...", ":1: there is no function factor(progress, *, ...)"),
        ("def factor(progress, *, rate: Positive = 0): ...", ":1: optimizer.schedule.rate: must be > 0, received 0"),
    ],
)
def test_a_file_that_is_no_schedule_says_where_and_what_to_write(write_net, tmp_path, problems, written, said):
    (tmp_path / SCHEDULES.file("mine", "lightning")).write_text(f"{written}\n")
    [line] = problems("optimizer.schedule=mine")
    assert f"rules/schedules/mine.py{said}" in line
