"""Runs are found below a folder, and what is damaged, unfinished or a link is named and left out."""

import json
import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from baseline_runs import baseline_run

from experiment.results.comparing.finding import find_learners, find_runs
from experiment.run.exit_codes import CANNOT_WRITE, DONE, WRONG_STUDY
from scripts.commands.leaderboard import run_ranking


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs of one fold plan, one of another plan, and one of another table."""
    root = tmp_path_factory.mktemp("runs")
    baseline_run(root / "deep" / "er", names=("logistic_regression", "majority"))
    baseline_run(root, "seed=3", "folds.seed=0", "name=other", names=("naive_bayes",))
    baseline_run(root, "folds.splits=4", "name=four", names=("majority",))
    baseline_run(root, "name=numbers", task="regression", names=("majority",))
    return root


@pytest.fixture
def runs(folder, tmp_path) -> Path:
    """A copy, to be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "runs"))


def ranked(capsys, folder: Path, **given) -> tuple[int, str, list[str]]:
    asked = {"folder": folder, "metric": None, "format": "json", "output": None, "debug": False}
    code = run_ranking(Namespace(**asked | given))
    said = capsys.readouterr()
    return code, said.out, said.err.splitlines()


def test_learners_are_ranked_by_fold_plan_and_those_of_other_plans_never_together(folder, capsys):
    code, out, problems = ranked(capsys, folder)
    assert (code, problems) == (DONE, [])
    names = [[one["learner"] for one in board["learners"]] for board in json.loads(out)]
    assert sorted(names) == [["logistic_regression", "naive_bayes", "majority"], ["majority"], ["majority"]]
    table = ranked(capsys, folder, format="table")[1]
    assert "3 tables: learners of different data or fold plans are never ranked together" in table
    assert max(map(len, table.splitlines())) <= 80
    by_loss = json.loads(ranked(capsys, folder, metric="loss")[1])
    assert {board["metric"] for board in by_loss} == {"loss"}


def test_a_metric_that_a_task_does_not_have_leaves_its_learners_out(folder, capsys):
    code, out, problems = ranked(capsys, folder, metric="rmse")
    assert (code, len(json.loads(out))) == (DONE, 1)
    assert len(problems) == 4
    assert all(line.startswith("left out: ") and line.endswith(": has no rmse") for line in problems)
    assert ranked(capsys, folder, metric="rsme")[::2] == (
        WRONG_STUDY,
        ["--metric rsme: there is no metric 'rsme'; did you mean 'rmse'?" + problems_known()],
    )


def problems_known() -> str:
    from configs.seats.metrics import metric_files

    return f" (known: {', '.join(metric_files())})"


def spoil_predictions(run: Path):
    (run / "naive_bayes" / "predictions.parquet").write_bytes(b"x")


def spoil_metrics(run: Path):
    (run / "naive_bayes" / "metrics.json").write_text("{")


def spoil_numbers(run: Path):
    path = run / "naive_bayes" / "metrics.json"
    told = json.loads(path.read_text())
    told["folds"][0]["scored"] = {"auroc": "high"}
    path.write_text(json.dumps({key: value for key, value in told.items() if key != "digest"}))


def spoil_folds(run: Path):
    (run / "folds.npz").write_bytes(b"PK\x03\x04")


def spoil_study(run: Path):
    (run / "study.yaml").write_text("name: [")


def other_study(run: Path):
    (run / "study.yaml").write_text((run / "study.yaml").read_text().replace("splits: 3", "splits: 5"))


def spoil_environment(run: Path):
    (run / "environment.json").write_text("[]")


def a_link(run: Path):
    real = run.parent.parent.parent / "elsewhere"
    shutil.move(run / "naive_bayes", real)
    (run / "naive_bayes").symlink_to(real)


def unfinished(run: Path):
    (run / "naive_bayes" / "metrics.json").unlink()


def another_plan(run: Path):
    (four,) = run.parent.parent.glob("four/*")
    shutil.copy(four / "folds.npz", run / "folds.npz")


def of_other_rows(run: Path):
    (four,) = run.parent.parent.glob("four/*")
    shutil.copy(four / "folds.npz", run / "folds.npz")
    told = json.loads((run / "environment.json").read_text())
    told["folds_sha256"] = str(np.load(four / "folds.npz")["digest"])
    del told["digest"]
    (run / "environment.json").write_text(json.dumps(told))


SPOILT = {one.__name__: one for one in (
    spoil_predictions, spoil_metrics, spoil_numbers, spoil_folds, spoil_study, other_study, spoil_environment, a_link,
    unfinished, another_plan, of_other_rows,
)}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_a_run_that_is_damaged_is_named_in_a_line_and_left_out(how, runs, capsys):
    (run,) = (runs / "other").iterdir()
    SPOILT[how](run)
    code, out, problems = ranked(capsys, runs)
    assert code == DONE
    assert "naive_bayes" not in out
    (line,) = problems
    assert line.startswith("left out: ")
    assert str(run) in line
    assert "Error" not in line.split(":")[1]


def test_links_to_runs_are_not_followed_and_nothing_is_looked_for_inside_of_a_run(runs, tmp_path):
    count = len(list(find_runs(runs)))
    (runs / "linked").symlink_to(next((runs / "other").iterdir()))
    (runs / "loop").symlink_to(runs)
    (run,) = (runs / "four").iterdir()
    shutil.copytree(next((runs / "other").iterdir()), run / "majority" / "copy")
    assert len(list(find_runs(runs))) == count == 4
    assert len(find_learners(run)[0]) == 1


def test_a_file_that_is_there_is_not_overwritten_and_a_folder_without_runs_is_told(folder, tmp_path, capsys):
    out = tmp_path / "table.csv"
    assert ranked(capsys, folder, format="csv", output=out)[:2] == (DONE, "")
    first = out.read_text()
    assert ranked(capsys, folder, format="json", output=out)[0] == CANNOT_WRITE
    assert out.read_text() == first
    code, _, problems = ranked(capsys, tmp_path)
    assert (code, problems) == (
        WRONG_STUDY,
        [f"{tmp_path}: has no results to rank; train a study: python scripts/train.py"],
    )
    assert ranked(capsys, tmp_path / "nope")[0] == WRONG_STUDY
