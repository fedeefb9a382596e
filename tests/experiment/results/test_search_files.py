"""The files of a finished search, whose stacks train nothing: answer, best study, page, first screen."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from search_runs import searched_run
from searching import RATE, study_of

from configs.errors import StudyError
from configs.loading.loading import load_study
from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.results.outcome import Outcome
from experiment.results.report_file import write_report
from experiment.results.search_files import read_answer
from experiment.run.exit_codes import DONE
from experiment.run.run_directory import RunDirectory
from experiment.search.trials_file import read_trials, trials_file
from experiment.training.saving import keep_results
from scripts.commands.compare import _run
from scripts.commands.evaluate import run_evaluation
from scripts.commands.leaderboard import run_ranking
from scripts.commands.train import print_outcome
from sklearn_models.fit import fit_baseline

pytestmark = pytest.mark.needs("lightning")


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    return searched_run(tmp_path_factory.mktemp("nested"), "output.run=mine")


def test_the_answer_is_sealed_and_of_the_predictions_beside_it(nested):
    written = json.loads(nested.run.answer.read_text())
    assert written == nested.answer
    assert [one["number"] for one in written["winners"]] == [1, 2, 3]  # fold k is best at (k + 1) / 10
    assert written["outer"]["mean"] == nested.metrics["lightning"]["scored"]["loss"]["mean"]
    rows = nested.metrics["lightning"]["folds"]
    assert [one["outer"] for one in written["winners"]] == [fold["scored"]["loss"] for fold in rows]
    trials = read_trials(trials_file(nested.run.framework("lightning")))
    means = {trial.number: np.mean(trial.objective) for trial in trials if None not in trial.objective}
    assert written["best"]["number"] == min(means, key=means.get) == 2
    assert written["best"]["mean"] == pytest.approx(means[2])
    assert [one["status"] for one in written["trials"]] == ["done"] * 4 + ["failed"]
    nested.run.answer.write_text(nested.run.answer.read_text().replace('"oracle": "random"', '"oracle": "grid"'))
    with pytest.raises(
        StudyError, match=r"search.json: is damaged \(its digest is another one\); re-evaluate the search"
    ):
        read_answer(nested.run)
    write_report(Outcome(nested.run, nested.metrics), nested.study)
    assert read_answer(nested.run) == nested.answer


def test_the_best_study_is_whole_plain_and_says_where_it_is_from(nested):
    best, text = load_study(nested.run.best), nested.run.best.read_text()
    assert best.search is None
    assert best.optimizer.learning_rate == 0.2
    assert best.model_copy(update={"search": nested.study.search, "optimizer": nested.study.optimizer}) == nested.study
    head = [line for line in text.splitlines() if line.startswith("#")]
    words = " ".join(line.removeprefix("# ") for line in head)
    assert text.startswith("# The best setting of a search, trial 2 of 5.")
    assert f"# Run: python scripts/train.py {nested.run.best}" in head  # in one line, however long the path is
    assert f"loss {nested.answer['best']['mean']:.4f}" in words
    assert f"Search: {nested.run.root}" in words
    assert max(map(len, head)) <= 120 or str(nested.run.root) in max(head, key=len)


def test_the_top_settings_can_be_enqueued_in_another_search(nested):
    top = yaml.safe_load(nested.run.top.read_text())
    assert [one["trial"] for one in top] == nested.answer["top"]
    assert (top[0]["trial"], top[-1]["trial"], len(top)) == (2, 0, 4)  # 1 and 3 differ by rounding, 4 failed
    assert [one["loss"] for one in top] == sorted(one["loss"] for one in top)
    enqueued = json.dumps([one["values"] for one in top])
    assert study_of(f"search.enqueue={enqueued}").search.enqueue[0] == {RATE: 0.2}


def test_the_page_and_the_first_screen_tell_of_the_search(nested, capsys):
    assert 'section id="search"' in (nested.run.root / "report.html").read_text()
    assert "## Search" in (nested.run.root / "report.md").read_text()
    print_outcome(Outcome(nested.run, dict(nested.metrics)))
    said = capsys.readouterr().out
    assert "best of 5 settings, by loss of validation rows" in said
    assert "outer score" in said
    assert max(map(len, said.partition("best of")[2].partition("results ")[0].splitlines())) <= 80


def test_evaluating_a_search_prints_its_answer_as_the_search_did_at_its_end(nested, capsys):
    print_outcome(Outcome(nested.run, dict(nested.metrics)))
    at_its_end = capsys.readouterr().out
    words = SimpleNamespace(runs=[nested.run.root], overrides=[], explain=False, figures=None, debug=True)
    assert run_evaluation(words) == DONE
    assert capsys.readouterr().out == at_its_end


def test_searches_are_ranked_as_searches_and_an_optimistic_score_says_so(tmp_path, capsys):
    nested = searched_run(tmp_path, "output.run=nested", values=(0.2, 0.3))
    plain = searched_run(tmp_path, "search.selection=plain", "output.run=plain", values=(0.2, 0.3))
    asked = SimpleNamespace(folder=tmp_path, metric=None, format="json", output=None, debug=True)
    assert run_ranking(asked) == DONE
    (board,) = json.loads(capsys.readouterr().out)
    kinds = {one["run"].rpartition("_")[2]: one["kind"] for one in board["learners"]}
    assert kinds == {"nested": "search", "plain": "search, optimistic"}
    means = {one["run"].rpartition("_")[2]: one["mean"] for one in board["learners"]}
    for name, one in (("nested", nested), ("plain", plain)):
        assert means[name] == one.metrics["lightning"]["scored"]["auroc"]["mean"]


def test_plain_selection_is_a_warning_of_the_run_and_a_note_of_a_comparison(nested, tmp_path, capsys):
    plain = searched_run(tmp_path, "search.selection=plain", values=(0.2, 0.3))
    assert [one["number"] for one in plain.answer["winners"]] == [1, 1, 1]
    assert plain.answer["optimistic"]
    (warning,) = [one for one in plain.metrics["lightning"]["status"] if "optimistic" in one["text"]]
    assert warning["level"] == "warning"
    assert "selection: plain" in warning["text"]
    arguments = SimpleNamespace(runs=[plain.run.root, nested.run.root], metric=["loss"], rope=0.01, json=False,
                                plot=None, pairs=False)  # fmt: skip
    _run(arguments)
    said = " ".join(capsys.readouterr().out.split())
    assert "A: out-of-fold scores are optimistic" in said
    assert "B: out-of-fold" not in said
    best = plain.run.best.read_text()
    assert "optimistic, since all folds together chose the setting" in " ".join(best.replace("# ", "").split())


def test_all_columns_of_the_table_are_no_bound_to_search_beyond(tmp_path):
    columns = ("search.space.inputs.select={low: 1, high: 30}", "search.space.training.batch_size={low: 8, high: 64}")
    best = {RATE: 0.2, "inputs.select": 30, "training.batch_size": 64}
    found = searched_run(tmp_path, *columns, values=(best,))
    assert found.answer["best"]["values"] == best
    assert [one["key"] for one in found.answer["bounds"]] == ["training.batch_size"]


def test_figures_for_a_paper_are_those_of_the_search_of_its_networks_and_of_the_baselines_beside_them(tmp_path):
    searched = searched_run(tmp_path / "runs", "baselines=[naive_bayes]", values=(0.2, 0.3))
    folds = fold_data(searched.study)
    keep_results(fit_baseline("naive_bayes", folds), folds, searched.run.framework("naive_bayes"))
    words = SimpleNamespace(runs=[searched.run.root], overrides=[], explain=False, figures=tmp_path / "paper",
                            format="svg", debug=True)  # fmt: skip
    assert run_evaluation(words) == DONE
    names = ("calibration", "confusion_matrix", "folds", "pr_curves", "predicted_probabilities", "roc_curves")
    expected = {f"{learner}_{name}.svg" for learner in ("lightning", "naive_bayes") for name in names}
    expected |= {f"search_{name}.svg" for name in ("history", "parallel", "slices")}
    assert {path.name for path in (tmp_path / "paper").iterdir()} == expected | {"lightning_training_curves.svg"}


def test_a_run_that_is_no_search_has_none_of_these_files(tmp_path):
    study = study_of(f"output.root={tmp_path}", "search=null")
    folds = fold_data(study)
    run = prepare(study, [], folds)
    assert isinstance(run, RunDirectory)
    assert read_answer(run) is None
    assert not run.best.exists()
