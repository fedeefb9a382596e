"""A file that serves both frameworks is tried once before they train: what goes wrong in it is one line, told once."""

import pytest
from small import small

from configs.errors import StudyError
from evaluation.judging.catalogue import function
from experiment.conduct import prepare
from experiment.rules.chosen_files import check_chosen_files

SPACE = "search={space: {model.dropout: [0, 0.1]}, objective: cohen_kappa}"


@pytest.fixture
def broken(monkeypatch):
    """`broken(place, returned)` lets the function at a place return that, or raise it."""

    def give(value):
        if isinstance(value, Exception):
            raise value
        return value

    def replace(place, value):
        monkeypatch.setattr(place, lambda *given, **named: give(value))
        function.cache_clear()

    yield replace
    function.cache_clear()


@pytest.mark.parametrize(
    "key", ["evaluation.metrics=[cohen_kappa]", "training.early_stopping.monitor=cohen_kappa", SPACE]
)
def test_a_metric_that_raises_or_gives_no_number_is_refused_wherever_it_is_named(broken, key):
    study, folds = small(key)
    check_chosen_files(study, folds.table)
    for value, said in ((KeyError("a"), "KeyError: 'a'"), ([1, 2], "TypeError: float() argument must be")):
        broken("evaluation.metrics.cohen_kappa.cohen_kappa", value)
        with pytest.raises(StudyError) as refused:
            check_chosen_files(study, folds.table)
        [line] = refused.value.problems
        assert line.startswith(f"evaluation/metrics/cohen_kappa.py: {said}")


def test_no_run_is_made_with_a_schedule_that_raises(broken, tmp_path):
    study, folds = small("optimizer.schedule=cosine", f"output.root={tmp_path}/runs")
    broken("experiment.rules.schedules.cosine.factor", ZeroDivisionError("division by zero"))
    with pytest.raises(
        StudyError, match=r"^optimizer.schedule: experiment/rules/schedules/cosine.py: ZeroDivisionError"
    ):
        prepare(study, [], folds)
    assert not (tmp_path / "runs").exists()
