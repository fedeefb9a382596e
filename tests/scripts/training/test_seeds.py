"""A study of two seeds, trained once in both frameworks with each seed as one stack; and its second seed alone."""

import json
import re
import subprocess
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from boards import read

from evaluation.predictions import read_predictions
from experiment.record.board_folder import count_directories, link_runs, shown_parts, write_folds
from experiment.run.run_directory import RunDirectory

pytestmark = [pytest.mark.slow, pytest.mark.both_rooms]

PROJECT = Path(__file__).resolve().parents[3]
FRAMEWORKS = ("lightning", "tensorflow")
STUDY = ("folds.splits=3", "stack.size=3", "training.max_epochs=4", "model.hidden=[8]", "training.batch_size=16")


def call(script: str, *words) -> subprocess.CompletedProcess:
    command = [sys.executable, str(PROJECT / "scripts" / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


@pytest.fixture(scope="module")
def both(tmp_path_factory, train, only_run) -> tuple[RunDirectory, str]:
    root = tmp_path_factory.mktemp("both") / "runs"
    said = train(f"output.root={root}", *STUDY, "seed=4", "seeds=2")
    assert said.returncode == 0, said.stderr
    return only_run(root), said.stdout


@pytest.fixture(scope="module")
def alone(tmp_path_factory, train, only_run) -> RunDirectory:
    root = tmp_path_factory.mktemp("alone") / "runs"
    said = train(f"output.root={root}", *STUDY, "seed=5", "folds.seed=4")
    assert said.returncode == 0, said.stderr
    return only_run(root)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_second_seed_predicts_to_the_bit_what_it_predicts_alone(both, alone, framework):
    for name in ("predictions", "validation"):
        beside, solo = (read_predictions(getattr(run.framework(framework), name)) for run in (both[0], alone))
        assert set(beside.seed) == {4, 5}
        assert set(solo.seed) == {5}
        beside = beside.select(beside.seed == 5)
        for column in ("row", "repeat", "fold", "role", "target", "logits"):
            np.testing.assert_array_equal(getattr(beside, column), getattr(solo, column))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_row_out_of_fold_is_scored_once_per_seed_and_every_test_row_by_every_network(both, framework):
    found = read_predictions(both[0].framework(framework).predictions)
    scored, test = found.of_role("scored"), found.of_role("test")
    pairs = set(zip(scored.row.tolist(), scored.seed.tolist(), strict=True))
    assert len(pairs) == len(scored.row) == 2 * len(np.unique(scored.row))
    assert len(test.row) == 6 * len(np.unique(test.row))


def test_the_terminal_the_metrics_and_the_report_show_the_spread_by_seed(both):
    run, said = both
    metrics = json.loads(run.framework("lightning").metrics.read_text())
    table = np.array([fold["scored"]["auroc"] for fold in metrics["folds"]]).reshape(2, 3)
    spread = metrics["over_seeds"]["scored"]["auroc"]
    assert spread["std_over_seeds"] == pytest.approx(table.mean(axis=1).std(ddof=1))
    assert "3 folds, mean +- sd" in said
    assert "2 seeds, sd of mean" in said
    assert "3 folds, 6 models of 2 seeds" in (run.root / "report.md").read_text()


def test_new_rows_are_predicted_by_the_ensemble_of_all_networks(both, tmp_path):
    directory = both[0].framework("lightning")
    table = import_module("datamodules.datasets.breast_cancer").load(tmp_path)
    test = read_predictions(directory.predictions).of_role("test")
    rows = np.unique(test.row)
    pl.DataFrame(table.features[rows].astype(np.float64), schema=list(table.columns)).write_csv(tmp_path / "new.csv")
    said = call("predict.py", directory.root, tmp_path / "new.csv")
    assert (said.returncode, said.stderr) == (0, "")
    found = pl.read_csv(StringIO(said.stdout))
    chances = 1 / (1 + np.exp(-test.select_at(np.argsort(test.row, kind="stable")).logits[:, 0].astype(np.float64)))
    chances = chances.reshape(len(rows), 6)
    np.testing.assert_allclose(found["probability_malignant"], chances.mean(axis=1), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["spread"], chances.std(axis=1, ddof=1), rtol=1e-3, atol=1e-5)


def test_runs_of_other_seeds_are_compared_on_their_common_split(both, alone):
    said = call("compare.py", both[0].root / "lightning", alone.root / "lightning")
    assert (said.returncode, said.stderr) == (0, "")
    for line in ("mean over 3 folds", "sd over folds", "sd over seeds", "test, ensemble"):
        assert line in said.stdout
    assert re.search(r"seeds +2 +1\n", said.stdout)
    assert re.search(r"folds.seed +null +4\n", said.stdout)
    numbers = json.loads(call("compare.py", both[0].root / "lightning", alone.root / "lightning", "--json").stdout)
    first, second = numbers["candidates"]
    metrics = json.loads(both[0].framework("lightning").metrics.read_text())
    assert first["spreads"]["auroc"] == {
        "std_over_folds": metrics["scored"]["auroc"]["std"],
        "std_over_seeds": metrics["over_seeds"]["scored"]["auroc"]["std_over_seeds"],
        "ensemble": metrics["test"]["ensemble"]["auroc"],
    }
    assert second["spreads"]["auroc"]["std_over_seeds"] is None


def test_tensorboard_finds_two_directories_of_each_framework_and_single_folds_have_the_seed(both, tmp_path):
    parts = shown_parts([both[0].root])
    link_runs(tmp_path / "linked", parts)
    assert count_directories(tmp_path / "linked") == 4
    write_folds(tmp_path / "folds", parts)
    tags = read(both[0].root / "lightning" / "result")
    assert {"result/sd/auroc", "result/sd_over_seeds/auroc"} <= tags.keys()
    names = {path.name for path in (tmp_path / "folds" / "lightning").iterdir()}
    assert names == {f"fold_{fold:02d}_seed_{seed:02d}" for fold in range(3) for seed in (4, 5)}


def test_a_finished_run_of_several_seeds_is_shown_again(both):
    again = call("train.py", "--resume", both[0].root)
    assert again.returncode == 0, again.stderr
    assert "2 seeds, sd of mean" in again.stdout
