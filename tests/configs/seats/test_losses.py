"""`training.loss`: checked when the study is read, from the source of the loss."""

import pytest

from configs.learners import LEARNERS, offered
from configs.loading.loading import dump_study, load_study
from configs.loading.settings import FOLDER
from configs.seats.losses import LOSSES, OF_TASK

LOSS = """
TASKS = {tasks}
UNIT_POWER = {power}

def row_losses(logits, targets, *, {parameters}): raise SystemExit
"""


@pytest.fixture
def write_loss(write_net, tmp_path):
    """A loss of a checkout that has no other."""

    def write(name="mine", tasks='("regression",)', power="1", parameters="rate: Positive = 2", frameworks=LEARNERS):
        for framework in frameworks:
            file = tmp_path / LOSSES.file(name, framework)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(LOSS.format(tasks=tasks, power=power, parameters=parameters))

    return write


def test_a_loss_is_a_name_or_a_name_with_arguments_and_its_defaults_are_filled_in():
    assert load_study(None, []).training.loss.name == "auto"
    assert load_study(None, ["training.loss=huber"]).training.loss.arguments == {"delta": 1.0}
    assert load_study(None, ["training.loss={name: huber, delta: 3}"]).training.loss.arguments == {"delta": 3.0}
    assert load_study(None, ["training.loss.name=huber", "training.loss.delta=3"]).training.loss.name == "huber"


def test_a_study_with_a_loss_is_read_as_it_was_written(tmp_path):
    for loss in ("auto", "squared", "{name: quantile, quantile: 0.9}"):
        study = load_study(None, [f"training.loss={loss}"])
        (tmp_path / "study.yaml").write_text(dump_study(study))
        assert load_study(tmp_path / "study.yaml") == study


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("training.loss=hubr", "there is no loss 'hubr'; did you mean 'huber'? (known: auto, cross_entropy, focal,"),
        ("training.loss={name: huber, delta: -1}", "training.loss.delta: must be > 0, received -1"),
        ("training.loss={name: huber, dleta: 1}", "unknown key 'dleta'; did you mean 'delta'? (known: name, delta)"),
        ("training.loss={gamma: 1}", "unknown key 'gamma', which belongs to loss 'focal' (known: name)"),
        ("training.loss={name: quantile, quantile: 1}", "training.loss.quantile: must be < 1, received 1"),
    ],
)
def test_a_wrong_loss_is_told_in_one_line(problems, override, said):
    [line] = problems(override)
    assert line.startswith(f"override {override}: ")
    assert said in line


def test_a_loss_of_another_task_is_refused_with_those_of_the_task(problems):
    assert problems("training.loss=focal", "data.task=regression") == [
        "override training.loss=focal: loss 'focal' is for binary and multiclass, not for regression: "
        "use huber, quantile, squared"
    ]
    assert problems("training.loss=focal", "data.task=multiclass") == []


@pytest.mark.both_rooms
def test_a_loss_needs_a_file_for_each_framework_and_twins_that_say_the_same(write_loss, problems):
    write_loss(frameworks=["lightning"])
    [line] = problems("training.loss=mine")
    assert line == (
        "override training.loss=mine: loss 'mine' has no tf_models/losses/mine.py: write it, or set framework=lightning"
    )
    assert problems("training.loss=mine", "framework=lightning") == []
    write_loss(frameworks=["tensorflow"], parameters="rate: Positive = 3")
    assert "the twins of loss 'mine' take different arguments: make" in problems("training.loss=mine")[0]
    write_loss(frameworks=["tensorflow"], power="2")
    assert "different constants: make TASKS and UNIT_POWER equal" in problems("training.loss=mine")[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"parameters": "rate = 2"}, "lightning_mods/losses/mine.py:5: parameter 'rate' has no type"),
        ({"parameters": "name: str = 'a'"}, "lightning_mods/losses/mine.py:5: parameter 'name' needs another name"),
        ({"power": "3"}, "lightning_mods/losses/mine.py: UNIT_POWER must be 0, 1 or 2, received 3"),
        ({"power": "two()"}, "lightning_mods/losses/mine.py:3: 'two()' must be a plain value"),
        ({"tasks": "('regresion',)"}, "lightning_mods/losses/mine.py: TASKS must be some of binary, multiclass"),
        ({"tasks": "'regression'"}, "lightning_mods/losses/mine.py: TASKS must be some of binary, multiclass"),
    ],
)
def test_a_file_that_is_no_loss_says_where_and_what_to_write(write_loss, problems, changed, said):
    write_loss(**changed)
    [line] = problems("training.loss=mine")
    assert said in line


def test_a_wrong_default_of_a_loss_is_blamed_on_its_file(write_loss, problems):
    write_loss(parameters="rate: Positive = 0")
    [line] = problems("training.loss=mine")
    assert line == "lightning_mods/losses/mine.py:5: training.loss.rate: must be > 0, received 0"


def test_another_loss_does_not_inherit_the_arguments_that_the_file_gives_its_own(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("training: {loss: {name: huber, delta: 3}}\n")
    overrides = ["training.loss.name=quantile", "training.loss.quantile=0.9"]
    assert load_study(file, overrides).training.loss.arguments == {"quantile": 0.9}


@pytest.mark.parametrize("loss", [None, "squared", "{name: huber, delta: 3}", "{name: quantile, quantile: 0.9}"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_loss_and_its_arguments_can_be_set_one_by_one_in_any_order_whatever_the_file_has(tmp_path, loss, order):
    file = tmp_path / "study.yaml"
    file.write_text(f"training: {{loss: {loss}}}\n" if loss else "seed: 1\n")
    overrides = ["training.loss=huber", "training.loss.delta=2"][::order]
    assert load_study(file, overrides).training.loss.arguments == {"delta": 2}
    assert load_study(file, [*overrides, "training.loss=huber"]).training.loss.arguments == {"delta": 2}


def test_an_argument_can_be_set_where_the_file_has_the_name_alone_and_a_name_alone_takes_the_defaults(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("training: {loss: huber}\noptimizer: {schedule: {name: cosine, warmup: 0.5}}\n")
    assert load_study(file, ["training.loss.delta=3"]).training.loss.arguments == {"delta": 3}
    assert load_study(file, []).optimizer.schedule.warmup == 0.5
    assert load_study(file, ["optimizer.schedule=linear"]).optimizer.schedule.warmup == 0
    warm = load_study(file, ["optimizer.schedule=linear", "optimizer.schedule.warmup=0.1"]).optimizer.schedule
    assert (warm.name, warm.warmup) == ("linear", 0.1)
    file.write_text("training: {loss: {name: huber, delta: 3}}\n")
    assert load_study(file, ["training.loss=huber"]).training.loss.arguments == {"delta": 1}


def test_a_problem_of_a_name_and_of_an_argument_names_the_override_that_set_it(tmp_path, problems):
    file = tmp_path / "study.yaml"
    file.write_text("training:\n  loss: hubr\n")
    assert problems("training.loss.delta=-1", file=file)[0].startswith(f"{file}:2: training.loss.name: there is no los")
    assert problems("training.loss=huber", "training.loss.delta=-1") == [
        "override training.loss.delta=-1: must be > 0, received -1"
    ]
    [line] = problems("training.loss=hubr", "training.loss.delta=1")
    assert line.startswith("override training.loss=hubr: training.loss.name: there is no loss 'hubr'; did you me")


def test_every_shipped_loss_has_its_twin_and_every_task_its_own_loss():
    for name in LOSSES.known():
        LOSSES.check_twins(name, tuple(LEARNERS))
    assert set(OF_TASK.values()) <= set(LOSSES.known())
    assert all((FOLDER.parent / LEARNERS[name].room / "losses").is_dir() for name in offered())
