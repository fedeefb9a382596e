from pathlib import Path

import pytest
import yaml

from configs.errors import StudyError
from configs.loading.loading import DEFAULT, dump_study, load_study
from configs.schema import Study

DESIGN = """
name: breast_cancer
framework: both
seed: 0
baselines: [logistic_regression, naive_bayes, decision_tree]
data: {source: breast_cancer, target: null, task: auto}
folds: {method: auto, splits: 10, repeats: 1, test_fraction: 0.2, validation_fraction: 0.15, group: null}
inputs: {scale: standard, impute: auto, select: none}
model: {net: mlp, hidden: [64, 64], activation: relu, dropout: 0.2}
optimizer: {name: adam, learning_rate: 1.0e-3, weight_decay: 0.0, clip_norm: null}
training:
  batch_size: 32
  max_epochs: 200
  early_stopping: {monitor: loss, patience: 15, min_delta: 0.0}
  steps_per_execution: auto
  precision: 32
  accelerator: auto
  devices: auto
stack: {size: auto}
output: {root: runs, tensorboard: true}
"""


def study_file(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text)
    return file


@pytest.mark.both_rooms
def test_the_default_file_says_what_the_design_says_and_what_the_schema_defaults_to():
    assert yaml.safe_load(DEFAULT.read_text()) == yaml.safe_load(DESIGN)
    usual = Study(baselines=("logistic_regression", "naive_bayes", "decision_tree"))
    assert load_study() == load_study(DEFAULT) == usual


def test_a_study_file_may_be_named_by_a_text(tmp_path):
    assert load_study("configs/wine.yaml") == load_study(DEFAULT.parent / "wine.yaml")
    assert load_study(str(study_file(tmp_path, "seed: 3"))).seed == 3


@pytest.mark.parametrize(
    ("said", "label"), [("baseline", "baseline"), ("2", "2"), ("-a_b.c", "-a_b.c"), ("null", None)]
)
def test_a_run_may_have_a_label(said, label):
    assert load_study(None, [f"output.run={said}"]).output.run == label


@pytest.mark.both_rooms
def test_an_empty_file_is_the_default_study(tmp_path):
    assert load_study(study_file(tmp_path, "# nothing yet\n")) == Study()


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["name=2024-01-01", "optimizer.epsilon=1e-12", "training.precision=bf16", "model.activation=[gelu, relu]"],
        ["data.positive=no", "data.target='1e-3'", "training.early_stopping=null", "inputs.select=3"],
    ],
)
def test_a_dumped_study_loads_back_equal(tmp_path, overrides):
    study = load_study(None, overrides)
    assert load_study(study_file(tmp_path, dump_study(study))) == study


def test_a_plain_yaml_reader_understands_a_dumped_study():
    assert yaml.safe_load(dump_study(Study())) == Study().model_dump(mode="json")


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("folds.splits=5", lambda study: study.folds.splits == 5),
        ("model.dropout=0.3", lambda study: study.model.arguments["dropout"] == 0.3),
        ("model.hidden=[8]", lambda study: study.model.arguments["hidden"] == (8,)),
        ("optimizer.learning_rate=1e-3", lambda study: study.optimizer.learning_rate == 0.001),
        ("training.early_stopping=null", lambda study: study.training.early_stopping is None),
        ("training.early_stopping={patience: 3}", lambda study: study.training.early_stopping.patience == 3),
        ("data.positive=1", lambda study: study.data.positive == "1"),
        ("data.positive=true", lambda study: study.data.positive == "true"),
        ("output.root=C:\\runs=old", lambda study: study.output.root == "C:\\runs=old"),
    ],
)
def test_an_override_sets_one_key(override, value):
    assert value(load_study(None, [override]))


def test_a_key_below_what_another_override_turns_off_is_refused():
    null, patience = "training.early_stopping=null", "training.early_stopping.patience=3"
    with pytest.raises(StudyError) as refused:
        load_study(None, [null, patience])
    assert refused.value.problems == [
        f"override {patience}: 'training.early_stopping' is null by override {null}; drop one of the two"
    ]
    assert load_study(None, [patience, null]).training.early_stopping is None  # the last one wins, as a whole


def test_a_key_below_a_null_section_starts_from_that_sections_defaults(tmp_path):
    file = study_file(tmp_path, "training: {early_stopping: null}")
    stopping = load_study(file, ["training.early_stopping.patience=3"]).training.early_stopping
    assert (stopping.monitor.key, stopping.patience) == ("loss", 3)


def test_the_last_override_of_a_key_wins():
    assert load_study(None, ["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["data.source=/no/folder/My patients.csv"], "My_patients"),
        (["data.source=iris"], "iris"),
        (["data.source=iris", "name=flowers"], "flowers"),
        (["seed=1"], "breast_cancer"),
        (["data.source=???"], "breast_cancer"),
    ],
)
def test_a_study_that_is_named_after_its_data_is_renamed_with_it(overrides, name):
    assert load_study(None, overrides).name == name


def test_a_name_of_ones_own_survives_other_data(tmp_path):
    assert load_study(study_file(tmp_path, "name: mine"), ["data.source=iris"]).name == "mine"


def test_another_net_does_not_inherit_the_arguments_that_the_file_gives_its_own(tmp_path, write_net):
    write_net("mlp", "hidden: Widths = (8,)")
    write_net("deep", "width: Width = 4, depth: Width = 2")
    file = tmp_path / "study.yaml"
    file.write_text("model: {net: mlp, hidden: [3]}\n")
    assert load_study(file, ["model.net=deep", "model.depth=5"]).model.arguments == {"width": 4, "depth": 5}
    assert load_study(file, ["model.depth=5", "model.net=deep"]).model.arguments == {"width": 4, "depth": 5}
    assert load_study(file, ["model.net=mlp"]).model.arguments == {"hidden": (3,)}
