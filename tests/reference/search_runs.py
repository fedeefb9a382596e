"""Finished searches whose stacks train nothing, judged and reported as real ones."""

from types import SimpleNamespace

from searching import RATE, Listed, Pretended, study_of

from datamodules.fold_data import fold_data
from experiment.conduct import prepare
from experiment.results.judging import judge
from experiment.results.outcome import Outcome
from experiment.results.report_file import write_report
from experiment.results.search_files import read_answer
from experiment.search.conducting import search
from experiment.training.workers.several import in_turn


def searched_run(root, *overrides, values=(0.1, 0.2, 0.3, 0.89)):
    """The run of a finished search over learning rates, its study, metrics and answer; the rate 0.89 fails.

    `values` are rates, or settings.
    """
    study = study_of(f"output.root={root}", *overrides)
    folds = fold_data(study)
    run = prepare(study, ["scripts/tune.py"], folds)
    directory = run.framework("lightning")
    settings = [value if isinstance(value, dict) else {RATE: value} for value in values]
    search(in_turn(Pretended()), study, folds, directory, lambda study, fold: Listed(settings))
    study = run.load_study()
    metrics = {"lightning": judge(study, directory)}
    write_report(Outcome(run, metrics), study)
    return SimpleNamespace(run=run, study=study, metrics=metrics, answer=read_answer(run))
