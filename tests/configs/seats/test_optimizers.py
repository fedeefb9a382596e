"""`optimizer`: checked when the study is read, from the source of the optimizer."""

import pytest

from configs.learners import LEARNERS
from configs.loading.loading import dump_study, load_study
from configs.seats.optimizers import OPTIMIZERS

UPDATE = """
SLOTS = {slots}
NEEDS = {needs}
def update(flat, gradients, slots, steps, rates, decay, *, {parameters}): raise SystemExit
"""


@pytest.fixture
def write_optimizer(write_net, tmp_path):
    """An optimizer of a checkout that has ours."""

    def write(slots='{"mean": True}', parameters="share: Fraction = 0.5", frameworks=LEARNERS, needs="{}"):
        for framework in frameworks:
            (tmp_path / OPTIMIZERS.file("mine", framework)).write_text(
                UPDATE.format(slots=slots, parameters=parameters, needs=needs)
            )

    return write


def test_the_arguments_of_an_optimizer_are_keys_beside_those_that_all_have():
    chosen = load_study(None, ["optimizer={name: sgd, momentum: 0.9, learning_rate: 0.1}"]).optimizer
    assert chosen.arguments == {"momentum": 0.9, "nesterov": False}
    assert (chosen.learning_rate, chosen.clip_norm) == (0.1, None)
    assert load_study(None, ["optimizer={name: adam, beta1: 0.8}"]).optimizer.arguments["beta1"] == 0.8


def test_a_study_of_version_0_1_is_read_with_the_keys_that_every_optimizer_had(tmp_path):
    file = tmp_path / "study.yaml"
    old = "momentum: 0.0, beta1: 0.9, beta2: 0.999, epsilon: 1.0e-08"
    for name in ("adam", "sgd"):
        file.write_text(
            f"optimizer: {{name: {name}, learning_rate: 0.05, weight_decay: 0.0, clip_norm: null, {old}}}\n"
        )
        expected = load_study(None, [f"optimizer={{name: {name}, learning_rate: 0.05}}"]).optimizer
        assert load_study(file).optimizer == expected


def test_a_study_with_an_optimizer_is_read_as_it_was_written(tmp_path):
    study = load_study(None, ["optimizer={name: lion, beta2: 0.98}"])
    (tmp_path / "study.yaml").write_text(dump_study(study))
    assert load_study(tmp_path / "study.yaml") == study


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["optimizer.name=adm"], "there is no optimizer 'adm'; did you mean 'adam'? (known: adam, adamw, lion, sgd)"),
        (["optimizer.momentum=0.9"], "unknown key 'momentum', which belongs to optimizer 'sgd' (known: name, learn"),
        (["optimizer.name=lion", "optimizer.epsilon=2"], "which belongs to optimizer 'adam' and optimizer 'adamw' (kn"),
        (["optimizer.name=sgd", "optimizer.nesterov=2"], "must be true or false, received 2"),
        (["optimizer.name=sgd", "optimizer.nesterov=true"], "has no effect while momentum is 0.0: set momentum, too"),
    ],
)
def test_a_wrong_optimizer_is_told_in_one_line(problems, overrides, said):
    [line] = problems(*overrides)
    assert line.startswith(f"override {overrides[-1]}: ")
    assert said in line


def test_what_is_wrong_with_shared_keys_and_with_arguments_is_told_at_once(problems):
    lines = problems("optimizer.learning_rate=-1", "optimizer.beta1=2", "optimizer.beta3=2")
    assert [line.partition(": ")[0] for line in lines] == [
        "override optimizer.learning_rate=-1",
        "override optimizer.beta1=2",
        "override optimizer.beta3=2",
    ]


def test_another_optimizer_keeps_the_keys_that_all_have_and_no_argument_of_the_file(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("optimizer: {name: adam, learning_rate: 0.02, beta1: 0.8}\n")
    chosen = load_study(file, ["optimizer.name=sgd", "optimizer.momentum=0.5"]).optimizer
    assert (chosen.learning_rate, chosen.arguments) == (0.02, {"momentum": 0.5, "nesterov": False})


def test_an_optimizer_needs_a_file_for_each_framework_and_twins_that_say_the_same(write_optimizer, problems):
    write_optimizer(frameworks=["lightning"])
    [line] = problems("optimizer.name=mine")
    assert "optimizer 'mine' has no tf_models/optimizers/mine.py: write it, or set framework=lightning" in line
    assert problems("optimizer.name=mine", "framework=lightning") == []
    write_optimizer(frameworks=["tensorflow"], parameters="share: Fraction = 0.6")
    assert "the twins of optimizer 'mine' take different arguments" in problems("optimizer.name=mine")[0]
    write_optimizer(frameworks=["tensorflow"], slots='{"average": True}')
    assert "different constants: make SLOTS equal" in problems("optimizer.name=mine")[0]
    write_optimizer(frameworks=["tensorflow"], needs='{"share": "share"}')
    assert "the twins of optimizer 'mine' have different NEEDS" in problems("optimizer.name=mine")[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slots": '("mean",)'}, 'lightning_mods/optimizers/mine.py: SLOTS must be like {"mean": True}'),
        ({"slots": '{"steps": True}'}, "SLOTS must be like"),
        ({"slots": '{"mean": "momentum"}'}, "lightning_mods/optimizers/mine.py: 'momentum' in SLOTS is no argument"),
        (
            {"needs": '{"nesterov": "share"}'},
            'mine.py:3: NEEDS must be like {"nesterov": "momentum"}, arguments of the',
        ),
        ({"needs": "5"}, "mine.py:3: NEEDS must be like"),
        ({"parameters": "share = 0.5"}, "lightning_mods/optimizers/mine.py:4: parameter 'share' has no type"),
        ({"parameters": "clip_norm: float = 1"}, "parameter 'clip_norm' needs another name: it is a key of every"),
    ],
)
def test_a_file_that_is_no_optimizer_says_where_and_what_to_write(write_optimizer, problems, changed, said):
    write_optimizer(**changed)
    [line] = problems("optimizer.name=mine")
    assert line.startswith("override optimizer.name=mine: ")
    assert said in line


def test_a_slot_is_kept_where_its_argument_is_set():
    def kept(text):
        return load_study(None, [f"optimizer={text}"]).optimizer.slots

    assert kept("{name: sgd}") == ()
    assert kept("{name: sgd, momentum: 0.5}") == ("velocity",)
    assert kept("{name: adam}") == ("mean", "square")
    assert kept("{name: adamw, amsgrad: true}") == ("mean", "square", "largest")


def test_every_shipped_optimizer_has_its_twin():
    for name in OPTIMIZERS.known():
        OPTIMIZERS.check_twins(name, tuple(LEARNERS))
