"""The rules between keys, and what a study cannot be made to do."""

import pytest
from pydantic import ValidationError

from configs.loading.loading import load_study
from configs.schema import Study
from configs.seats.metrics import TASKS, metric_files
from configs.sections.folds import Folds

STOPPING = "training.early_stopping.monitor"


@pytest.mark.parametrize("method", ["leave_one_out", "time_series", "split"])
def test_only_shuffled_folds_can_be_repeated(problems, method):
    sentence = f"must be 1 with method '{method}': only stratified, kfold and stratified_group split the rows anew"
    assert problems(f"folds.method={method}", "folds.repeats=2") == [f"override folds.repeats=2: {sentence}"]
    assert problems("folds.method=kfold", "folds.repeats=2") == []


def test_a_column_of_groups_needs_the_method_and_the_method_may_find_groups_in_the_data(problems):
    assert problems("folds.method=group", "folds.group=null") == []
    assert problems("folds.group=patient") == []
    assert problems("folds.method=stratified", "folds.group=patient") == [
        "override folds.group=patient: must be null, because method 'stratified' would separate a group; "
        "or set method: group"
    ]
    assert problems("folds.method=group", "folds.group=patient") == []


def test_only_folds_in_time_have_a_time(problems):
    assert problems("folds.method=time_series", "folds.time=seen") == []
    (line,) = problems("folds.time=seen")
    assert "must be null with method 'auto', which mixes rows; or set method: time_series" in line


def test_only_folds_in_time_have_a_gap(problems):
    assert problems("folds.method=time_series", "folds.gap=3") == []
    (line,) = problems("folds.method=kfold", "folds.gap=3")
    assert "must be 0 with method 'kfold', which has no order; or set method: time_series" in line


def test_early_stopping_needs_validation_rows(problems):
    [line] = problems("folds.validation_fraction=0")
    assert line.endswith("early_stopping has no rows to look at: set folds.validation_fraction > 0, or it to null")
    assert problems("folds.validation_fraction=0", "training.early_stopping=null") == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("monitor", metric_files())
def test_a_monitor_is_refused_exactly_where_its_task_has_no_such_metric(problems, task, monitor):
    wrong = task not in metric_files()[monitor].tasks
    lines = problems(f"data.task={task}", f"{STOPPING}={monitor}")
    assert len(lines) == wrong
    assert not wrong or f"{STOPPING}={monitor}: '{monitor}' is for " in lines[0]
    assert problems(f"{STOPPING}={monitor}") == []


def test_a_monitor_without_a_file_is_refused(problems):
    [line] = problems(f"{STOPPING}=aurok")
    assert "monitor=aurok: there is no metric 'aurok'; did you mean 'auroc'?" in line


def test_a_broken_earlier_key_does_not_accuse_a_later_one(problems):
    assert len(problems("folds.method=no", "folds.repeats=2", "folds.group=patient")) == 1
    assert len(problems("optimizer.name=no", "optimizer.momentum=0.5")) == 1
    assert len(problems("framework=no")) == 1
    assert len(problems("folds=no", "data=no")) == 2


@pytest.mark.parametrize("fraction", ["folds.test_fraction", "folds.validation_fraction", "model.dropout"])
def test_a_fraction_is_at_least_zero_and_below_one(problems, fraction):
    assert problems(f"{fraction}=0", "training.early_stopping=null") == []
    assert problems(f"{fraction}=1") == [f"override {fraction}=1: must be < 1, received 1"]
    assert problems(f"{fraction}=-0.1") == [f"override {fraction}=-0.1: must be >= 0, received -0.1"]


def test_a_study_cannot_be_changed_once_it_is_validated():
    with pytest.raises(ValidationError, match="frozen"):
        Study().seed = 1  # type: ignore[misc]
    study = Study()
    study.model.arguments["dropout"] = 0.9
    assert study.model.arguments["dropout"] == 0.2


def test_every_key_has_a_meaning():
    definitions = Study.model_json_schema()["$defs"].values()
    keys = [key for section in definitions for key in section["properties"].values()]
    assert all(key.get("description") or key.get("anyOf", [{}])[0].get("$ref") for key in keys)


@pytest.mark.both_rooms
def test_both_means_lightning_then_tensorflow():
    assert Study().frameworks == ("lightning", "tensorflow")
    assert load_study(None, ["framework=tensorflow"]).frameworks == ("tensorflow",)


@pytest.mark.both_rooms
def test_a_section_can_be_built_in_python_with_the_same_rules():
    assert Folds(splits=5).splits == 5
    with pytest.raises(ValidationError, match="splits"):
        Folds(splits=1)
    assert Study(folds=Folds(splits=5)) == load_study(None, ["folds.splits=5", "baselines=[]"])


def test_several_devices_share_members_or_rows(problems):
    assert problems("training.devices=4") == problems("training.devices=auto") == []
    assert problems("training.devices=2", "training.strategy=rows") == []
    (problem,) = problems("launcher=slurm", "training.strategy=rows")
    assert "launcher=slurm: must be 'local' with training.strategy 'rows'" in problem


@pytest.mark.parametrize("threshold", ["0.2", "f1", "youden", "cost"])
def test_a_threshold_is_a_probability_or_a_rule(problems, threshold):
    assert problems(f"evaluation.threshold={threshold}") == []


@pytest.mark.parametrize("threshold", ["0", "1", "1.5", "f2", "null"])
def test_nothing_else_is_a_threshold(problems, threshold):
    [line] = problems(f"evaluation.threshold={threshold}")
    assert "must be a number between 0 and 1, or 'f1', 'youden' or 'cost'" in line


def test_a_rule_that_chooses_a_threshold_needs_validation_rows(problems):
    without = "folds.validation_fraction=0", "training.early_stopping=null"
    assert problems(*without, "evaluation.threshold=f1") == [
        "override evaluation.threshold=f1: threshold 'f1' is chosen on validation rows: "
        "set folds.validation_fraction > 0, or it to 0.5"
    ]
    assert problems(*without, "evaluation.threshold=0.3") == []


def test_a_cost_is_positive(problems):
    assert problems("evaluation.cost_ratio=0") == ["override evaluation.cost_ratio=0: must be > 0, received 0"]


@pytest.mark.parametrize(("rate", "drops"), [(0.0, False), (0.3, True)])
def test_a_net_with_a_dropout_above_0_is_known_to_drop_units(rate, drops):
    assert load_study(overrides=[f"model.dropout={rate}"]).model.drops_units == drops


def test_metrics_are_files_and_of_the_task(problems):
    assert problems("evaluation.metrics=[auroc, cohen_kappa]") == []
    [unknown] = problems("evaluation.metrics=cohen_kapa")
    assert "there is no metric 'cohen_kapa'; did you mean 'cohen_kappa'?" in unknown
    [other] = problems("data.task=binary", "evaluation.metrics=[auroc, rmse]")
    assert "'rmse' is for regression, not for binary" in other


def test_no_seed_of_several_is_beyond_the_largest_one(problems):
    assert problems("seed=2147483640", "seeds=8") == []
    cause = "must be <= 8, because the largest seed is 2147483647; or set a smaller seed"
    assert problems("seed=2147483640", "seeds=9") == [f"override seeds=9: {cause}"]
    assert problems("seeds=0") == ["override seeds=0: must be >= 1, received 0"]
    assert problems("folds.seed=-1") == ["override folds.seed=-1: must be >= 0, received -1"]
