"""`predict.py` says of a row what the run said of it when it was a test row."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest

from evaluation.predictions import read_predictions
from experiment.run.exit_codes import RunError
from scripts.commands.predict import _print

pytestmark = pytest.mark.slow

PREDICT = Path(__file__).resolve().parents[2] / "scripts" / "predict.py"


def call(*words, **settings):
    command = [sys.executable, str(PREDICT), *map(str, words)]
    return subprocess.run(command, **({"capture_output": True, "text": True} | settings))


@pytest.fixture
def everybody(tmp_path):
    """All rows of the default study's data as a table of someone else: other order of columns, names of rows."""
    table = import_module("datamodules.datasets.breast_cancer").load(tmp_path)
    rows = pl.DataFrame(table.features[:, ::-1].astype(np.float64), schema=list(table.columns[::-1]))
    rows.insert_column(0, pl.Series("", range(len(rows))))  # as pandas writes it
    rows.insert_column(7, pl.Series("patient", [f"{row:05d}" for row in range(len(rows))]))
    rows.write_csv(tmp_path / "new.csv")
    rows.write_parquet(tmp_path / "new.parquet")
    return tmp_path / "new.csv"


@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_of_a_test_row_the_same_is_said_as_by_the_run(default_run, everybody, framework):
    directory = default_run[0].framework(framework)
    said = call(directory.root, everybody)
    assert (said.returncode, said.stderr) == (0, "")
    found = pl.read_csv(StringIO(said.stdout), schema_overrides={"patient": pl.String})
    assert found.columns == ["", "patient", "predicted", "probability_malignant", "spread"]
    test = read_predictions(directory.predictions).of_role("test")
    chances = pl.DataFrame({"row": test.row, "chance": 1 / (1 + np.exp(-test.logits[:, 0].astype(np.float64)))})
    expected = chances.group_by("row").agg(pl.col("chance").mean(), pl.col("chance").std().alias("spread")).sort("row")
    tested = found[expected["row"].to_list()]
    np.testing.assert_allclose(tested["probability_malignant"], expected["chance"], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(tested["spread"], expected["spread"], rtol=1e-3, atol=1e-6)
    assert tested["patient"].to_list() == [f"{row:05d}" for row in expected["row"]]
    truth = dict(zip(test.row.tolist(), test.target.tolist(), strict=True))
    matrix = np.zeros((2, 2), int)
    for row, predicted in zip(expected["row"].to_list(), tested["predicted"].to_list(), strict=True):
        matrix[truth[row], ["benign", "malignant"].index(predicted)] += 1
    assert matrix.tolist() == json.loads(directory.metrics.read_text())["test"]["ensemble"]["confusion_matrix"]


FRAME = """
import sys
from pathlib import Path

import polars as pl

from configs.errors import StudyError
from experiment.results.predicting import load_predictor, predict_frame
from experiment.run.run_directory import RunDirectory

part = RunDirectory(Path(sys.argv[1])).framework("lightning")
frame = pl.read_parquet(sys.argv[2])
predict_frame(frame.to_arrow(), part).write_parquet(sys.argv[3])
alone = predict_frame(frame, part, fold=3)["probability_malignant"].to_numpy()
names = [column for column in frame.columns if column not in ("", "patient")]
chances = load_predictor(part, fold=3).probabilities(frame[names[::-1]].to_numpy().astype("float32"))
assert abs(alone - chances[:, -1]).max() < 1e-6
try:
    predict_frame([1, 2], part)
except StudyError as error:
    print(error.problems[0].partition("(")[0])
"""


def test_a_data_frame_has_the_predictions_of_its_file(default_run, everybody, tmp_path):
    root = default_run[0].root
    words = [sys.executable, "-c", FRAME, root, tmp_path / "new.parquet", tmp_path / "found.parquet"]
    said = subprocess.run(words, capture_output=True, text=True, cwd=PREDICT.parents[1])
    assert (said.returncode, said.stdout.strip()) == (0, "the frame: is no data frame"), said.stderr
    call(root / "lightning", tmp_path / "new.parquet", "--out", tmp_path / "expected.parquet")
    found, expected = (pl.read_parquet(tmp_path / f"{name}.parquet").drop(cs.first()) for name in ("found", "expected"))
    assert found.columns == ["patient", "predicted", "probability_malignant", "spread"]
    assert found.equals(expected)


def test_a_file_is_written_and_nothing_printed(default_run, everybody, tmp_path):
    out = tmp_path / "predicted.parquet"
    said = call(default_run[0].root, everybody.with_suffix(".parquet"), "--out", out)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    found = pl.read_parquet(out)
    assert found.schema["probability_malignant"] == pl.Float32
    assert len(found) == 569


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["{run}", "{folder}/none.csv"], 2, "none.csv: cannot be read (No such file or directory)"),
        (
            ["{run}", "{folder}/few.csv"],
            2,
            "inputs: {folder}/few.csv has no column 'mean_radius'; did you mean 'mean radius'?",
        ),
        (["{run}", "{folder}/few.csv"], 2, "few.csv lacks 25 more columns that the networks take"),
        (["{run}", "{folder}/few.csv", "--out", "{folder}/none/x.csv"], 74, "none/x.csv: its folder is not there"),
        (["{run}", "{folder}/few.csv", "--out", "{folder}/few.csv"], 2, "few.csv: is the table itself"),
        (["{folder}", "{folder}/few.csv"], 73, "is not a run directory"),
        (["{run}", "{folder}/few.csv", "--out", "x.txt"], 2, "must end in .csv or .parquet, received 'x.txt'"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_a_code(default_run, tmp_path, words, code, told):
    (tmp_path / "few.csv").write_text("mean radius,mean area\n1,2\n")
    places = {"run": default_run[0].root, "folder": tmp_path}
    said = call(*(word.format(**places) for word in words))
    assert said.returncode == code
    assert told.format(**places) in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_a_row_that_is_too_extreme_for_the_networks_is_a_line_and_no_prediction(default_run, everybody, framework):
    rows = pl.read_csv(everybody, schema_overrides={"patient": pl.String})
    extreme = pl.when(pl.col("") == 7).then(3e38).otherwise(pl.exclude("", "patient"))
    rows.with_columns(extreme.name.keep()).write_csv(everybody)
    said = call(default_run[0].framework(framework).root, everybody)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(f"{everybody}: has 1 too extreme row (row 8), where the output of a network is not ")
    assert said.stderr.count("\n") == 1


def test_a_framework_that_is_installed_by_half_is_a_line_with_its_cure(default_run, everybody, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so: no such file')")
    broken = os.environ | {"PYTHONPATH": str(tmp_path)}
    said = call(default_run[0].framework("lightning").root, everybody, env=broken)
    told = "lightning: cannot be imported (ImportError: libtorch.so: no such file); run `make setup`, or again with"
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(told)
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("> /dev/full", "standard output, or a file: No space left on device; fix that, then start again\n"),
        (">&-", "standard output: is closed; open it, or choose --out FILE\n"),
    ],
)
def test_predictions_that_cannot_be_printed_are_told(default_run, everybody, where, told):
    words = [sys.executable, str(PREDICT), str(default_run[0].root), str(everybody)]
    child = subprocess.run(["bash", "-c", f"{shlex.join(words)} {where}"], capture_output=True, text=True)
    assert (child.returncode, child.stderr) == (74, told)


def test_a_letter_that_the_terminal_lacks_is_a_line_and_not_other_data(monkeypatch):
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(BytesIO(), encoding="ascii", errors="backslashreplace"))
    with pytest.raises(RunError, match=r"^standard output: its encoding ascii has no 'ä'; set PYTHONIOENCODING=utf-8"):
        _print(["L\u00e4rche,1\n"])
    _print(["oak,1\n"])


def test_the_networks_are_enough_to_predict(default_run, everybody, tmp_path):
    for name in ("study.yaml", "lightning/metrics.json", "lightning/fits.json", "lightning/weights.safetensors"):
        (tmp_path / "run" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(default_run[0].root / name, tmp_path / "run" / name)
    said = call(tmp_path / "run", everybody)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == call(default_run[0].root / "lightning", everybody).stdout
    (tmp_path / "run" / "lightning" / "fits.json").unlink()
    again = call(tmp_path / "run", everybody)
    assert (again.returncode, again.stdout) == (0, said.stdout)
    cause = "fits.json, which has their digests, is gone"
    told = f"weights and predictions of lightning are not verified ({cause})"
    assert again.stderr == f"{tmp_path / 'run'}: {told}\n"
