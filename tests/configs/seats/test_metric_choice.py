"""A metric is chosen by its name, or by its name and its arguments, wherever a study names one."""

import pytest

from configs.loading.loading import dump_study, load_study
from configs.seats.metric_choice import asked_key
from configs.seats.metric_keys import metric_key, read_key

TOP_5 = "{name: top_k_accuracy, k: 5}"
SPACE = "search={space: {model.dropout: [0, 0.1]}, objective: "


def test_arguments_are_in_the_key_by_which_results_call_a_metric_unless_they_are_the_default():
    study = load_study(None, [f"evaluation.metrics=[auroc, {TOP_5}, {{name: top_k_accuracy, k: 2}}]"])
    assert study.evaluation.shown_metrics == ("auroc", "top_k_accuracy(k=5)", "top_k_accuracy")


def test_the_key_stands_for_the_metric_where_a_study_or_a_command_names_one():
    for written in ("top_k_accuracy(k=5)", f"[{TOP_5}]", TOP_5):
        assert load_study(None, [f"evaluation.metrics={written}"]).evaluation.shown_metrics == ("top_k_accuracy(k=5)",)
    assert asked_key("top_k_accuracy(k=2)") == "top_k_accuracy"


def test_early_stopping_and_a_search_take_the_arguments_too():
    study = load_study(None, [f"training.early_stopping.monitor={TOP_5}", f"{SPACE}{TOP_5}}}"])
    assert (study.training.monitor, study.search.objective.key) == ("top_k_accuracy(k=5)",) * 2
    words = ["training.early_stopping.monitor.name=top_k_accuracy", "training.early_stopping.monitor.k=3"]
    assert load_study(None, words).training.monitor == "top_k_accuracy(k=3)"


def test_a_study_with_a_metrics_arguments_is_read_as_it_was_written(tmp_path):
    study = load_study(None, [f"evaluation.metrics=[f1, {TOP_5}]", f"training.early_stopping.monitor={TOP_5}"])
    (tmp_path / "study.yaml").write_text(dump_study(study))
    assert load_study(tmp_path / "study.yaml") == study
    assert "monitor: loss," in dump_study(load_study())


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "evaluation.metrics=[auroc, {name: top_k_accuracy, k: 0}]",
            "evaluation.metrics[1].k: must be >= 1, received 0",
        ),
        (
            "evaluation.metrics=[{name: top_k_accuracy, kk: 3}]",
            "evaluation.metrics[0]: unknown key 'kk'; did you mean 'k'",
        ),
        ("evaluation.metrics=[auroc(k=3)]", "unknown key 'k', which belongs to metric 'top_k_accuracy'"),
        (f"evaluation.metrics=[{TOP_5}, {TOP_5}]", "names 'top_k_accuracy(k=5)' twice; remove one"),
        ("evaluation.metrics=[aurok]", "evaluation.metrics[0]: there is no metric 'aurok'; did you mean 'auroc'?"),
        (
            "training.early_stopping.monitor={name: f1, k: 3}",
            "unknown key 'k', which belongs to metric 'top_k_accuracy'",
        ),
        (f"{SPACE}{{name: top_k_accuracy, k: x}}}}", "search.objective.k: must be an integer, received 'x'"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line_with_its_place(problems, override, said):
    [line] = problems(override)
    assert said in line
    assert line.startswith(f"override {override}: ")


def test_a_metric_of_another_task_is_refused_at_the_key_that_names_it(problems):
    [line] = problems("data.task=binary", f"training.early_stopping.monitor={TOP_5}")
    assert line.startswith(f"override training.early_stopping.monitor={TOP_5}: 'top_k_accuracy' is for multiclass")


@pytest.mark.parametrize("key", ["auroc", "f_beta(beta=0.5)", "one(a='x, y', b=None, c=(1, 2), d=True)"])
def test_a_key_is_read_as_it_was_made(key):
    assert metric_key(*read_key(key)) == key


@pytest.mark.parametrize("text", ["auroc(", "a.b(k=1)", "f(1)", "f(k=g())", "f(**k)", "()", "", "f(k=1).g", "[" * 999])
def test_a_text_that_is_no_key_is_a_name_that_no_metric_has(text):
    assert read_key(text) == (text, {})
