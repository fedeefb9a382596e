"""A net's `build(...)` is its schema: read from its source, in a checkout of its own."""

import subprocess
import sys

import pytest

from configs.loading.loading import load_study
from configs.loading.settings import FOLDER
from configs.types import ACTIVATIONS

PLACE = "lightning_mods/nets/mine.py"


def test_the_arguments_of_a_net_are_those_of_its_build_with_its_defaults(write_net):
    write_net("mine", "width: Width = 8, rate: float = -0.5, kind: Literal['a', 'b'] = 'a', top: int | None = None")
    model = load_study(None, ["model={net: mine, width: 4, top: 2}"]).model
    assert model.net == "mine"
    assert model.arguments == {"width": 4, "rate": -0.5, "kind": "a", "top": 2}


def test_the_arguments_of_a_new_net_are_checked_like_those_of_mlp(write_net, problems):
    write_net("mine", "width: Width, kind: Literal['lstm', 'gru'] = 'gru', deep: bool = False")
    override = "model={net: mine, kind: ltsm, depth: 3, deep: 1}"
    assert sorted(problems(override)) == [
        f"override {override}: model.deep: must be true or false, received 1",
        f"override {override}: model.kind: must be 'lstm' or 'gru', received 'ltsm'; did you mean 'lstm'?",
        f"override {override}: model.width: must be given, it has no default",
        f"override {override}: unknown key 'depth'; did you mean 'deep'? (known: net, width, kind, deep)",
    ]


def test_a_net_is_never_imported(write_net):
    write_net("mine", "import no_such_package\n\ndef build(inputs, outputs, *, width: Width = 3): raise SystemExit")
    assert load_study(None, ["model={net: mine}"]).model.arguments == {"width": 3}


def test_a_default_outside_its_own_bounds_is_refused(write_net, problems):
    said = "lightning_mods/nets/mine.py:2: model.width: must be >= 1, received 0"
    write_net("mine", "\ndef build(inputs, outputs, *, width: Width = 0): ...")
    assert problems("model={net: mine}") == problems("model.net=mine") == [said]
    assert problems("model.net=mine", "model.width=-1") == ["override model.width=-1: must be >= 1, received -1"]


def test_an_unknown_net_is_answered_with_those_there_are(write_net, problems):
    write_net("mine")
    write_net("_private")
    [line] = problems("model.net=mime")
    assert line == "override model.net=mime: there is no net 'mime'; did you mean 'mine'? (known: mine, mlp)"
    assert problems("model.net=../mlp")[0].startswith("override model.net=../mlp: there is no net '../mlp'")


@pytest.mark.both_rooms
@pytest.mark.parametrize(
    ("present", "missing"),
    [("lightning", "tf_models/nets/mine.py"), ("tensorflow", "lightning_mods/nets/mine.py")],
)
def test_a_net_needs_a_file_for_each_framework_that_is_trained(write_net, problems, present, missing):
    write_net("mine", frameworks=[present])
    [line] = problems("model={net: mine}")
    assert line.endswith(f"net 'mine' has no {missing}: write it, or set framework={present}")
    assert problems("model={net: mine}", f"framework={present}") == []


@pytest.mark.both_rooms
def test_twins_take_the_same_arguments(write_net, problems):
    write_net("mine", "width: Width = 8")
    write_net("mine", "width: Width = 9", frameworks=["tensorflow"])
    [line] = problems("model={net: mine}")
    assert line.endswith("the twins of net 'mine' take different arguments: make the lines of build(...) equal")
    assert problems("model={net: mine}", "framework=lightning") == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def build(:", ":1: invalid syntax"),
        (
            "def make(inputs, outputs, *, width: Width = 3): ...",
            ":1: there is no function build(inputs, outputs, *, ...",
        ),
        ("\ndef build(inputs, outputs, width): ...", ":2: build must be build(inputs, outputs, *, ...)"),
        ("def build(inputs, outputs, **more): ...", ":1: build must be build(inputs, outputs, *, ...)"),
        ("def build(inputs, outputs, *, width=3): ...", ":1: parameter 'width' has no type; write one of int, float,"),
        (
            "def build(inputs, outputs, *,\n width: list[int] = 3): ...",
            ":2: type 'list[int]' is unknown here; use int,",
        ),
        ("def build(inputs, outputs, *, width: int = N): ...", ":1: 'N' must be a plain value, because this file is"),
        ("def build(inputs, outputs, *, net: str = 'a'): ...", ":1: parameter 'net' needs another name"),
        ("def build(inputs, outputs, *, _x: int = 1): ...", ":1: parameter '_x' needs another name"),
    ],
)
def test_a_file_that_is_no_net_says_where_and_what_to_write(write_net, problems, source, problem):
    write_net("mine", source)
    assert any(f"{PLACE}{problem}" in line for line in problems("model={net: mine}", "dropout=0.1"))


@pytest.mark.both_rooms
def test_what_is_wrong_with_a_net_is_blamed_on_who_chose_it(write_net, problems, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("seed: 0\nmodel: {net: mlp, dropout: 0.1}\n")
    write_net("mine", "def build(:")
    override = "override model.net=mine"
    assert problems("model.net=mine", file=file) == [f"{override}: {PLACE}:1: invalid syntax"]
    write_net("mine", "width: Width = 8", frameworks=["lightning"])
    write_net("mine", "width: Width = 9", frameworks=["tensorflow"])
    assert problems("model.net=mine", file=file)[0].startswith(f"{override}: the twins of net 'mine' take different")
    write_net("mine", "width: Width")
    assert problems("model.net=mine", file=file) == [f"{override}: model.width: must be given, it has no default"]
    file.write_text("seed: 0\nmodel:\n  net: mine\n")
    assert problems(file=file) == [f"{file}:3: model.width: must be given, it has no default"]


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "binary_step"])
def test_each_activation_may_be_used_for_all_layers_or_for_one(write_net, name):
    assert load_study(None, [f"model.activation={name}"]).model.arguments["activation"] == name
    layers = load_study(None, [f"model.activation=[{name}, binary_step]"]).model.arguments["activation"]
    assert layers == (name, "binary_step")


@pytest.mark.parametrize("activation", ["binary_step", "[binary_step, binary_step]"])
def test_a_net_of_binary_steps_alone_is_refused(write_net, problems, activation):
    [line] = problems(f"model.activation={activation}")
    assert "must not be binary_step alone: its gradient is zero everywhere" in line


def test_a_list_of_activations_has_one_for_each_hidden_layer(write_net, problems):
    [line] = problems("model.activation=[relu, tanh, relu]")
    assert "must be one name, or a list of 2, one for each hidden layer, received ['relu', 'tanh', 'relu']" in line
    [line] = problems("model.hidden=[]", "model.activation=[relu]")
    assert line.endswith("must be one name, or [], as no layer is hidden, received ['relu']")
    assert problems("model.hidden=[]", "model.activation=[]") == problems("model.hidden=[]") == []
    assert problems("model.activation=[relu]", "model.hidden=[8]") == []


def test_a_wrong_activation_is_answered_with_the_one_that_was_meant(write_net, problems):
    [line] = problems("model.activation=[relu, thanh]")
    assert line.endswith("received ['relu', 'thanh']; did you mean 'tanh'?")


def test_describing_a_study_loads_no_framework():
    code = "import sys, configs.loading.loading as c; c.load_study(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=True)
    assert not {"torch", "tensorflow", "keras", "pytorch_lightning", "numpy"} & set(run.stdout.split())
