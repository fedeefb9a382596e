"""`board.py`: which runs TensorBoard is started on, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from boards import read, scalars
from scipy.stats import sem
from search_runs import searched_run
from sklearn.metrics import precision_recall_curve
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin

from evaluation.predictions import Predictions, write_predictions
from experiment.record.board_folder import count_directories, link_runs, newest_runs, shown_parts, write_folds
from experiment.record.board_trials import write_trials
from experiment.run.exit_codes import RunError
from experiment.search.trials_file import read_trials
from reporting.board import tags
from reporting.board.events import EventWriter

BOARD = Path(__file__).resolve().parents[2] / "scripts" / "board.py"
FOLDS = 3


def make_run(root, study="tiny", name="2026-11-24_10-00-00", frameworks=("lightning", "tensorflow")):
    run = root / study / name
    for framework in frameworks:
        for folder in (run / framework, run / framework / "result"):
            EventWriter(folder).close()
    (run / "study.yaml").write_text(f"name: {study}\n")
    return run


def record(part, folds=FOLDS):
    """A record of two epochs, and predictions of ten scored rows for every fold."""
    lines = [
        {"epoch": epoch, "members": [[0, 0, fold, 0] for fold in range(folds)], "time": 1.8e9 + epoch,
         "train_loss": [fold + epoch / 10 for fold in range(folds)],
         "learning_rate": [0.1 / (1 + fold + epoch) for fold in range(folds)]}
        for epoch in range(2)
    ]  # fmt: skip
    (part / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw, rows = np.random.default_rng(0), 10 * folds
    fold = np.repeat(np.arange(folds, dtype=np.int32), 10)
    target = np.tile(np.arange(2, dtype=np.int32), rows // 2)
    found = Predictions(
        np.arange(rows, dtype=np.int32), np.zeros(rows, np.int32), fold, np.zeros(rows, np.int64),
        np.full(rows, "scored"), target, draw.normal(size=(rows, 1)).astype(np.float32), ("no", "yes"), "binary",
    )  # fmt: skip
    write_predictions(part / "predictions.parquet", found)
    return found


def started(tmp_path, *words, **settings):
    """`board.py` beside a stand-in for tensorboard, which tells how it was called and waits."""
    program = tmp_path / "bin" / "tensorboard"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nfind -L "$2" -name "events*" > {tmp_path}/found\necho "$@" > {tmp_path}/words\n'
                       f"echo $$ > {tmp_path}/number\nexec sleep 60\n")  # fmt: skip
    program.chmod(0o755)
    code = "import runpy, sys; sys.executable = sys.argv[1]; sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')"  # noqa: E501
    command = [sys.executable, "-c", code, str(program.with_name("python")), str(BOARD), *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, **settings
    )


def wait_for(path, seconds=60.0):
    end = time.monotonic() + seconds
    while not path.is_file() or not path.read_text():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.05)
    return path.read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_ends_tensorboard_and_leaves_nothing_behind(tmp_path, number, code):
    make_run(tmp_path / "runs")
    (tmp_path / "temporary").mkdir()
    process = started(tmp_path, "--", "--port", "6007", env=os.environ | {"TMPDIR": str(tmp_path / "temporary")})
    child = int(wait_for(tmp_path / "number"))
    assert wait_for(tmp_path / "words").split()[2:] == ["--port", "6007"]
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    assert (process.returncode, "Traceback" in said) == (code, False)
    assert list((tmp_path / "temporary").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runs/tiny"], "runs/tiny: is not a run directory (it has no study.yaml); give runs/<study>/<run>"),
        (["--root", "nowhere"], "nowhere: has no run; train one: python scripts/train.py"),
        (["--last", "0"], "argument --last: must be a number from 1 on, received '0'"),
        (["--last", "2", "runs/tiny"], "name runs or take the --last ones, not both"),
        (["--folds", "a", "b"], "--folds is of one run"),
    ],
)
def test_what_cannot_be_shown_is_one_line_with_a_cure(tmp_path, words, said):
    process = started(tmp_path, *words)
    error = process.communicate(timeout=60)[1].strip()
    assert said in error.splitlines()[-1]
    assert process.returncode in (2, 73)
    assert not (tmp_path / "number").exists()


def test_the_newest_runs_are_those_with_the_latest_names_whatever_the_study_and_what_was_touched_last(tmp_path):
    names = ["2026-11-24_10-00-00_baseline", "2026-11-24_10-00-01", "2026-11-24_10-00-01-2", "2026-11-25_09-00-00"]
    runs = [make_run(tmp_path, study, name) for study, name in zip("dcba", names, strict=True)]
    os.utime(runs[0] / "study.yaml")
    (tmp_path / "a" / "not a run").mkdir()
    assert newest_runs(tmp_path, 3) == runs[1:]
    assert newest_runs(tmp_path, 10) == runs


def test_linked_runs_have_two_directories_for_each_framework_and_names_of_their_own(tmp_path):
    runs = [make_run(tmp_path / root) for root in ("one", "two")]
    (tmp_path / "shown").mkdir()
    link_runs(tmp_path / "shown", shown_parts([*runs, runs[0] / "lightning"]))
    assert sorted(path.name for path in (tmp_path / "shown" / "tiny").iterdir()) == [
        "2026-11-24_10-00-00", "2026-11-24_10-00-00-2",
    ]  # fmt: skip
    assert count_directories(tmp_path / "shown") == 8


def test_one_part_can_be_named_and_a_part_that_is_not_there_is_refused(tmp_path):
    run = make_run(tmp_path, frameworks=["lightning"])
    assert shown_parts([run]) == shown_parts([run / "lightning"]) == [run / "lightning"]
    with pytest.raises(RunError, match=r"tensorflow: has no tensorflow; train it first: .*--resume"):
        shown_parts([run / "tensorflow"])


def test_every_fold_of_a_run_has_its_curves_and_its_own_precision_recall_curve(tmp_path):
    run = make_run(tmp_path)
    found = record(run / "lightning")
    write_folds(tmp_path / "shown", shown_parts([run]))
    assert sorted(path.name for path in (tmp_path / "shown" / "lightning").iterdir()) == [
        "fold_00", "fold_01", "fold_02",
    ]  # fmt: skip
    shown = read(tmp_path / "shown" / "lightning" / "fold_02")
    assert [point[2] for point in shown["loss/train"][1]] == pytest.approx([2.0, 2.1])
    assert [point[2] for point in shown["training/learning_rate"][1]] == pytest.approx([0.1 / 3, 0.1 / 4])
    mine = found.of_member(0, 0, 2)
    table = np.array(shown[tags.PR_CURVE][1][0][2])
    precision, recall, _ = precision_recall_curve(mine.target, 1 / (1 + np.exp(-mine.logits[:, 0])))
    points = {(round(p, 5), round(r, 5)) for p, r in zip(precision, recall, strict=True)}
    assert {(round(p, 5), round(r, 5)) for p, r in table[4:].T if r} <= points


def test_folds_of_a_run_without_a_record_are_refused(tmp_path):
    run = make_run(tmp_path)
    with pytest.raises(RunError, match="has no record of its epochs yet"):
        write_folds(tmp_path / "shown", shown_parts([run]))


@pytest.mark.needs("lightning")
def test_every_trial_of_a_search_is_a_row_of_hparams_with_its_settings_and_its_objective(tmp_path):
    run = searched_run(tmp_path / "runs").run
    shown = tmp_path / "shown"
    shown.mkdir()
    parts = shown_parts([run.root])
    link_runs(shown, parts)
    assert write_trials(shown, parts) == 5
    place = shown / run.root.parent.name / run.root.name
    assert sorted(path.name for path in place.iterdir()) == [
        "lightning",
        *(f"trial_000{number}" for number in range(5)),
    ]
    assert count_directories(shown) == 7
    trials = read_trials(run.root / "lightning" / "trials.jsonl")
    written = {0: {"optimizer.learning_rate": 0.001}}  # of the study as written
    starts = []
    for number, status in ((0, api_pb2.STATUS_SUCCESS), (2, api_pb2.STATUS_SUCCESS), (4, api_pb2.STATUS_FAILURE)):
        row, trial = read(place / f"trial_000{number}"), trials[number]
        start, end = (
            parse(row[tag][2].encode("latin1"))
            for parse, tag in (
                (hparams_plugin.parse_session_start_info_plugin_data, hparams_plugin.SESSION_START_INFO_TAG),
                (hparams_plugin.parse_session_end_info_plugin_data, hparams_plugin.SESSION_END_INFO_TAG),
            )
        )
        settings = {name: value.number_value for name, value in start.hparams.items()}
        assert settings == {"trial": number, **written.get(number, trial.values)}
        assert end.status == status
        starts.append(start.start_time_secs)
        assert end.end_time_secs - start.start_time_secs == pytest.approx(trial.seconds, abs=1e-3)
    assert starts[1] - starts[0] == pytest.approx(trials[0].seconds + trials[1].seconds, abs=1e-3)
    columns = scalars(read(place / "trial_0002"))
    assert columns["objective/loss"][0] == pytest.approx(np.mean(trials[2].objective))
    assert columns["objective/standard_error"][0] == pytest.approx(sem(trials[2].objective))
    assert "objective/loss" not in scalars(read(place / "trial_0004"))


@pytest.mark.needs("lightning")
@pytest.mark.parametrize(("words", "rows"), [([], 5), (["--folds"], 0)])
def test_the_script_shows_the_trials_of_a_search_and_of_no_other_choice_of_runs(tmp_path, words, rows):
    run = searched_run(tmp_path / "runs").run
    process = started(tmp_path, run.root, *words)
    wait_for(tmp_path / "number")
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[0]
    assert said.count("5 trials of the search are rows of the HParams tab") == (rows > 0)
    found = (tmp_path / "found").read_text()
    assert len({line.split("/trial_")[1][:4] for line in found.splitlines() if "/trial_" in line}) == rows


def test_a_run_without_trials_has_no_rows_of_its_own(tmp_path):
    run = make_run(tmp_path)
    assert write_trials(tmp_path / "shown", shown_parts([run])) == 0
