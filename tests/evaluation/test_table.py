import io

import pytest
from rich.console import Console

from evaluation.report import summarise
from evaluation.table import comparison_table, markdown_table


def shown(imagine, task="binary", frameworks=("lightning", "tensorflow"), **shape) -> tuple[str, dict]:
    """The printed table of imaginary runs of one study, and their metrics."""
    predictions, fits = imagine(task, **shape)
    metrics = {name: summarise(predictions, study="tiny", framework=name, fits=fits, timing={}) for name in frameworks}
    return printed(metrics), metrics


def printed(metrics: dict) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=file, width=100).print(comparison_table(metrics))
    file.seek(0)
    return file.read()


def row(text: str, metric: str, section: int) -> list[str]:
    """The cells of the `section`th row about a metric."""
    lines = [line.replace("|", " ").split() for line in text.splitlines()]
    return [cells for cells in lines if cells[:1] == [metric]][section]


def test_each_framework_is_a_column_and_each_metric_a_row(imagine):
    text, metrics = shown(imagine)
    assert row(text, "metric", 0) == ["metric", "lightning", "tensorflow"]
    spread = metrics["lightning"]["scored"]["auroc"]
    assert row(text, "auroc", 0) == ["auroc", *[f"{spread['mean']:.4f}", "+-", f"{spread['std']:.4f}"] * 2]
    assert row(text, "auroc", 1) == ["auroc", *[f"{metrics['lightning']['out_of_fold']['auroc']:.4f}"] * 2]
    assert row(text, "auroc", 2) == ["auroc", *[f"{metrics['lightning']['test']['ensemble']['auroc']:.4f}"] * 2]


def test_the_table_needs_nothing_but_ascii(imagine):
    assert shown(imagine)[0].isascii()


def test_the_markdown_says_the_same(imagine):
    text, metrics = shown(imagine)
    lines = markdown_table(metrics).splitlines()
    assert lines[0] == "| metric | lightning | tensorflow |"
    cells = [line.strip("| ").replace("|", " ").split() for line in lines]
    assert [one for one in cells if one[0] == "f1"] == [row(text, "f1", section) for section in range(3)]


@pytest.mark.parametrize(
    ("shape", "sections"),
    [
        ({"folds": 4}, ["4 folds, mean +- sd", "out of fold, pooled", "test part, ensemble of 4 folds"]),
        ({"folds": 1}, ["test part"]),
        ({"tested": 0}, ["4 folds, mean +- sd", "out of fold, pooled"]),
    ],
)
def test_a_section_that_a_study_does_not_have_is_left_out(imagine, shape, sections):
    titles = ("folds", "out of fold", "test part")
    lines = [line.strip("| ") for line in shown(imagine, **shape)[0].splitlines()]
    assert [line for line in lines if any(title in line for title in titles)] == sections


def test_undefined_values_say_so(imagine):
    predictions, fits = imagine()
    predictions.logits[predictions.role == "test"] = float("nan")
    metrics = {"lightning": summarise(predictions, study="tiny", framework="lightning", fits=fits, timing={})}
    assert row(printed(metrics), "auroc", 2) == ["auroc", "undefined"]


def test_a_framework_whose_folds_all_lack_a_metric_shows_undefined_beside_the_other(imagine):
    healthy, fits = imagine()
    broken, _ = imagine()
    broken.logits[:] = float("nan")
    both = {"lightning": healthy, "tensorflow": broken}
    metrics = {name: summarise(one, study="tiny", framework=name, fits=fits, timing={}) for name, one in both.items()}
    assert row(printed(metrics), "auroc", 1)[-1] == "undefined"
    assert row(printed(metrics), "auroc", 0)[-1] == "undefined"
