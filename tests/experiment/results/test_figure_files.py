"""Every figure of a run as a file for a paper."""

from types import SimpleNamespace

import pytest
from baseline_runs import baseline_run

from experiment.results.figure_files import write_figures
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import CANNOT_WRITE, DONE, RunError
from scripts.commands.evaluate import run_evaluation

OF_TASK = {
    "binary": {
        "roc_curves", "pr_curves", "calibration", "predicted_probabilities", "confusion_matrix", "folds",
    },
    "regression": {"predicted_against_true", "residuals", "folds"},
}  # fmt: skip


@pytest.mark.parametrize("task", OF_TASK)
def test_each_figure_is_a_file_with_a_speaking_name_and_none_is_overwritten(task, tmp_path):
    run = baseline_run(tmp_path / "runs", task=task)
    metrics, study = judge_run(run).baselines, run.load_study()
    folder = tmp_path / "paper" / "figures"
    written = write_figures(run, study, metrics, folder, "pdf")
    assert set(written) == {f"logistic_regression_{name}.pdf" for name in OF_TASK[task]}
    assert {path.name for path in folder.iterdir()} == set(written)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / written[-1]).unlink()
    with pytest.raises(RunError, match=rf"{written[0]}: is there already \(and {len(written) - 2} more\), and no fig"):
        write_figures(run, study, metrics, folder, "pdf")
    assert not (folder / written[-1]).exists()
    again = tmp_path / "again"
    write_figures(run, study, metrics, again, "pdf")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == before
    (tmp_path / "a file").touch()
    with pytest.raises(RunError, match=r"cannot be written, since .*a file is no folder; choose another folder"):
        write_figures(run, study, metrics, tmp_path / "a file" / "below", "pdf")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("paper/logistic_regression_roc_curves.svg", "logistic_regression_roc_curves.svg: is there already, and no"),
        ("paper/search_history.svg", "search_history.svg: is there already, and no figure was written; choose another"),
        ("paper", "is no folder; choose another folder"),
    ],
)
def test_a_folder_that_cannot_take_the_figures_is_refused_before_anything_is_computed(there, said, tmp_path, capsys):
    run = baseline_run(tmp_path / "runs")
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).touch()
    metrics = run.framework("logistic_regression").metrics
    metrics.unlink()
    words = SimpleNamespace(
        runs=[run.root], overrides=[], explain=False, figures=tmp_path / "paper", format="svg", debug=False
    )
    assert run_evaluation(words) == CANNOT_WRITE
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not metrics.exists()
    (tmp_path / there).unlink()
    assert run_evaluation(words) == DONE
    assert "files in" in capsys.readouterr().out


def test_a_pipe_that_is_closed_early_does_not_cost_the_figures(tmp_path, monkeypatch):
    run, folder = baseline_run(tmp_path / "runs"), tmp_path / "paper"

    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr("scripts.commands.evaluate.show_results", closed)
    words = SimpleNamespace(runs=[run.root], overrides=[], explain=False, figures=folder, format="svg", debug=False)
    assert run_evaluation(words) == DONE
    assert {path.stem.removeprefix("logistic_regression_") for path in folder.iterdir()} == OF_TASK["binary"]
