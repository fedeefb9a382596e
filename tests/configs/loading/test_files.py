"""The files that are committed beside the code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from configs import schema
from configs.loading.loading import load_study, study_schema
from configs.loading.settings import FOLDER

SHIPPED = (
    "boston_housing", "breast_cancer", "diabetes", "digits", "good_fit", "iris", "mnist", "overfit",
    "penguins", "underfit", "wine",
)  # fmt: skip
STUDIES = [FOLDER / f"{name}.yaml" for name in SHIPPED]
"""A study that a person adds may look as it likes."""


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_a_study_file_is_valid_bears_its_own_name_and_says_how_it_is_run(file: Path):
    assert load_study(file).name == file.stem
    schema, *header = [line for line in file.read_text().splitlines() if line.startswith("#")]
    assert schema == "# yaml-language-server: $schema=study.schema.json"
    command = "python scripts/train.py" + ("" if file.stem == "breast_cancer" else f" configs/{file.name}")
    assert f"# Run:      {command}" in header
    assert any(line.startswith("# Expected: ") for line in header)


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_any_yaml_reader_reads_a_study_file_like_we_do(file: Path, tmp_path: Path):
    plain = tmp_path / "plain.yaml"
    plain.write_text(yaml.safe_dump(yaml.safe_load(file.read_text())))
    assert load_study(plain) == load_study(file)


def test_the_mnist_study_is_784_500_256_10_with_adam_at_1e_3_for_five_epochs():
    study = load_study(FOLDER / "mnist.yaml")
    assert study.model.arguments == {"hidden": (500, 256), "activation": "relu", "dropout": 0.2}
    assert (study.optimizer.name, study.optimizer.learning_rate) == ("adam", 1e-3)
    assert (study.training.max_epochs, study.training.batch_size) == (5, 128)
    assert (study.data.source, study.folds.method, study.inputs.scale) == ("mnist_5k", "split", "none")


def test_the_committed_schema_is_current():
    """If it is not: `python -m configs > configs/study.schema.json`."""
    command = [sys.executable, "-m", "configs"]
    printed = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=True).stdout
    assert (FOLDER / "study.schema.json").read_text() == printed
    assert json.loads(printed) == study_schema()


def test_the_schema_closes_the_arguments_of_mlp_and_leaves_those_of_other_nets_free():
    model = study_schema()["$defs"]["Model"]
    [rule] = model["allOf"]
    assert rule["if"] == {"properties": {"net": {"const": "mlp"}}}
    assert set(rule["then"]["properties"]) == {"net", "hidden", "activation", "dropout"}
    assert rule["then"]["additionalProperties"] is False
    assert model["additionalProperties"] is True
    assert all(value.get("description") for name, value in rule["then"]["properties"].items() if name != "net")


@pytest.mark.parametrize(
    ("section", "name", "keys"),
    [
        ("Loss", "huber", {"name", "delta"}),
        ("Loss", "cross_entropy", {"name", "label_smoothing"}),
        ("Loss", "squared", {"name"}),
        ("Schedule", "cosine", {"name", "warmup", "end_factor"}),
        ("Monitor", "top_k_accuracy", {"name", "k"}),
        ("Metric", "weighted_recall", {"name"}),
        (
            "Optimizer",
            "sgd",
            {"name", "learning_rate", "weight_decay", "clip_norm", "schedule", "momentum", "nesterov"},
        ),
    ],
)
def test_the_schema_has_the_arguments_of_every_shipped_file(section, name, keys):
    rules = {}
    for rule in study_schema()["$defs"][section]["allOf"]:
        named = rule["if"]["properties"]["name"]
        rules |= dict.fromkeys(named.get("enum") or [named["const"]], rule)
    assert len(rules) >= 4
    assert set(rules[name]["then"]["properties"]) == keys
    without_a_name = [rule for rule in rules.values() if "required" not in rule["if"]]
    usual = getattr(schema, section).model_fields["name"].default
    assert all(rule is rules[usual] for rule in without_a_name)
    assert bool(without_a_name) == (usual in rules)
