"""Re-evaluation of a run from its predictions, with the rules of its study or others; framework-free."""

from collections.abc import Sequence

from configs.errors import StudyError
from experiment.nets.disagreement import disagreement
from experiment.results.failures import code_of_failed
from experiment.results.judging import check_record, judge_again
from experiment.results.outcome import Outcome
from experiment.results.report_file import write_report
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.run.locks import locked
from experiment.run.run_directory import RunDirectory
from experiment.run.run_learners import learners_of


def judge_run(run: RunDirectory, overrides: Sequence[str] = ()) -> Outcome:
    """Rewrite metrics, event files and the report, for every learner that has predictions.

    Args:
        overrides: `evaluation.KEY=value`; `study.yaml` stays as it is.

    Raises:
        StudyError: an override changes more than the evaluation, or a saved file is damaged.
        RunError: no framework is trained yet, or another process runs in the directory.
    """
    check_overrides(overrides)
    study = run.load_study(overrides)
    outcome = Outcome(run)
    with locked(run.root):
        outcome.disagreement = disagreement(run, study)
        learners = learners_of(run, study)
        trained = [name for name in learners.every if run.framework(name).fits.is_file()]
        if not trained:
            cure = f"train it first: python scripts/train.py --resume {run.root}"
            raise RunError(WRONG_STUDY, f"{run.root}: has no predictions yet; {cure}")
        for name in trained:  # before anything is written
            check_record(run.framework(name))
        for name in trained:
            metrics = judge_again(study, run.framework(name), outcome.results[name])
            if name not in learners.networks:
                outcome.baselines[name] = metrics
                continue
            outcome.metrics[name] = metrics
            outcome.exit_code = max(outcome.exit_code, code_of_failed(metrics))
        if outcome.metrics:
            outcome.disagreement = disagreement(run, study)
            write_report(outcome, study, overrides)
    return outcome


def check_overrides(overrides: Sequence[str]) -> None:
    """Reject overrides of settings that the predictions depend on. Raises StudyError."""
    others = [override for override in overrides if not override.startswith("evaluation.")]
    if others:
        cure = "only evaluation.* can change without training; for the rest use scripts/train.py"
        raise StudyError([f"override {override}: {cure}" for override in others])


def untrained(outcome: Outcome) -> list[str]:
    """A line for each framework and baseline of the study that has no predictions yet."""
    found = {**outcome.metrics, **outcome.baselines}
    missing = [name for name in outcome.run.load_study().learners if name not in found]
    root = outcome.run.root
    return [
        f"{root}: {name} is not trained yet, and left out; go on with: train.py --resume {root}" for name in missing
    ]
