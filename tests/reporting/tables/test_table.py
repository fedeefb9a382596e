import io
import re
from dataclasses import replace

import numpy as np
import pytest
from imagined import validation_of
from rich.console import Console

from configs.sections.evaluation import Evaluation
from evaluation.intervals.dependence import Dependence
from reporting.tables.table import comparison_table, markdown_table


@pytest.fixture
def shown(imagine, judged):
    """`shown(task, **shape)` -> the printed table of imaginary runs of one study, and their metrics."""

    def show(task="binary", **shape) -> tuple[str, dict]:
        run = imagine(task, **shape)
        metrics = {name: judged(*run, framework=name) for name in ("lightning", "tensorflow")}
        return printed(metrics), metrics

    return show


def printed(metrics: dict, width: int = 100, encoding: str = "ascii") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=file, width=width).print(comparison_table(metrics))
    file.seek(0)
    return file.read()


def row(text: str, metric: str, section: int) -> list[str]:
    """The cells of the `section`th row about a metric."""
    lines = [line.replace("|", " ").split() for line in text.splitlines()]
    return [cells for cells in lines if cells[:1] == [metric]][section]


def test_each_framework_is_a_column_and_each_metric_a_row_beside_the_baseline(shown):
    text, metrics = shown()
    one = metrics["lightning"]
    assert row(text, "metric", 0) == ["metric", "lightning", "tensorflow", "baseline"]
    spread, guess = one["scored"]["auroc"], one["baseline"]
    assert row(text, "auroc", 0) == ["auroc", *[f"{spread['mean']:.4f}", "+-", f"{spread['std']:.4f}"] * 2, "0.5000"]
    for section, judged, intervals in ((1, one["out_of_fold"], one["out_of_fold"]), (2, *of_test(one))):
        bounds = intervals["intervals"]["accuracy"]
        cells = [f"{judged['accuracy']:.4f}", f"({bounds['low']:.3f},", f"{bounds['high']:.3f})"]
        expected = guess["out_of_fold" if section == 1 else "test"]
        assert row(text, "accuracy", section) == ["accuracy", *cells * 2, f"{expected['accuracy']:.4f}"]


def of_test(metrics: dict) -> tuple[dict, dict]:
    return metrics["test"]["ensemble"], metrics["test"]


def test_two_frameworks_of_a_classification_fit_in_eighty_columns(shown):
    for task in ("binary", "multiclass"):
        _, metrics = shown(task)
        lines = printed(metrics, 80, "utf-8").splitlines()
        assert max(map(len, lines)) <= 80
        assert len(lines) == len(printed(metrics, 200, "utf-8").splitlines())  # no cell was broken


def test_a_table_of_several_classes_names_its_macro_averages(shown):
    text, metrics = shown("multiclass")
    assert "macro averages: auroc, average_precision, f1, precision, recall, specificity" in " ".join(text.split())
    assert "\nmacro averages: auroc, " in markdown_table(metrics)
    assert "macro" not in shown("binary")[0]


def test_the_title_tells_the_base_rate(shown):
    text, metrics = shown()
    rate = metrics["lightning"]["baseline"]["base_rate"]
    assert text.splitlines()[0].strip() == f"tiny, {100 * rate:.1f} % malignant"
    assert shown("regression")[0].splitlines()[0].strip() == "tiny"


@pytest.mark.parametrize(("rate", "first"), [(0.05, "average_precision"), (0.95, "average_precision"), (0.2, "loss")])
def test_average_precision_goes_first_where_a_class_is_rare(shown, rate, first):
    _, metrics = shown()
    for one in metrics.values():
        one["baseline"]["base_rate"] = rate
    lines = [line.split("|")[1].strip() for line in markdown_table(metrics).splitlines()]
    assert lines[3] == lines[lines.index("**out of fold, 95 %**") + 1] == first
    assert lines.count("average_precision") == 3


def test_the_folds_have_their_say(imagine, judged):
    predictions, fits = imagine(folds=8, rows=500)
    predictions.logits[(predictions.fold == 3) & (predictions.role == "scored")] *= -1
    metrics = {"lightning": judged(predictions, fits, settings=Evaluation(threshold="f1"))}
    one, cells = metrics["lightning"], [line.split("|") for line in markdown_table(metrics).splitlines()]
    said = {line[1].strip(): line[2].strip() for line in cells}
    assert said["best fold"] == f"fold_{one['best_fold']['fold']:02d}"
    assert said["outlier folds"] == "fold_03"
    assert said["ensemble beats"] == f"{one['ensemble']['loss']['better_than']} of 8 by loss"
    assert said["fit"] == one["diagnosis"]["verdict"]
    assert said["threshold"] == f"f1: {one['thresholds']['rules']['f1']['ensemble']:.3f}"
    usual = markdown_table({"lightning": judged(predictions, fits)})
    assert "threshold" not in usual


def test_the_table_needs_nothing_but_ascii(shown):
    assert shown()[0].isascii()


def test_the_markdown_says_the_same(shown):
    text, metrics = shown()
    lines = markdown_table(metrics).splitlines()
    assert lines[0] == "| metric | lightning | tensorflow | baseline |"
    cells = [line.strip("| ").replace("|", " ").split() for line in lines]
    assert [one for one in cells if one[0] == "f1"] == [row(text, "f1", section) for section in range(3)]


@pytest.mark.parametrize(
    ("shape", "sections"),
    [
        ({"folds": 4}, ["4 folds, mean +- sd", "out of fold, 95 %", "test, ensemble, 95 %"]),
        ({"folds": 1}, ["test, 95 %"]),
        ({"tested": 0}, ["4 folds, mean +- sd", "out of fold, 95 %"]),
    ],
)
def test_a_section_that_a_study_does_not_have_is_left_out(shown, shape, sections):
    titles = ("mean +- sd", "95 %")
    lines = [line.strip("| ") for line in shown(**shape)[0].splitlines()]
    assert [line for line in lines if any(title in line for title in titles)] == sections


def test_undefined_values_say_so(imagine, judged):
    predictions, fits = imagine()
    predictions.logits[predictions.role == "test"] = float("nan")
    metrics = {"lightning": judged(predictions, fits)}
    assert row(printed(metrics), "auroc", 2) == ["auroc", "undefined", "0.5000"]


def test_a_framework_whose_folds_all_lack_a_metric_shows_undefined_beside_the_other(imagine, judged):
    healthy, fits = imagine()
    broken, _ = imagine()
    broken.logits[:] = float("nan")
    both = {"lightning": healthy, "tensorflow": broken}
    metrics = {name: judged(one, fits, framework=name) for name, one in both.items()}
    assert row(printed(metrics), "auroc", 1)[-2] == "undefined"
    assert row(printed(metrics), "auroc", 0)[-2] == "undefined"


def test_a_caution_about_the_intervals_stands_below_the_table(imagine, judged):
    metrics = {"lightning": judged(*imagine(), dependence=Dependence(caution="rows follow each other"))}
    assert printed(metrics).rstrip().endswith("Rows follow each other.")
    assert markdown_table(metrics).endswith("\n\nRows follow each other.\n")
    groups = np.arange(100, dtype=np.int32)
    groups[:20] //= 5  # the rows of the test part
    metrics = {"lightning": judged(*imagine(), dependence=Dependence(groups))}
    assert " ".join(printed(metrics).split()).endswith("test: 4 groups are few to resample: the truth is likely wider.")


def test_the_name_of_a_class_is_no_markup(imagine, judged):
    predictions, fits = imagine()
    named = replace(predictions, classes=("no", "yes [/x] [red]p[/red]"))
    metrics = {
        "lightning": judged(named, fits, validation=replace(validation_of(predictions, fits), classes=named.classes))
    }
    assert "yes [/x] [red]p[/red]" in printed(metrics).splitlines()[0]


def test_huge_numbers_are_powers(imagine, judged):
    predictions, fits = imagine("regression")
    huge = replace(predictions, logits=predictions.logits * np.float32(1e14))
    text = printed({"lightning": judged(huge, fits)})
    assert re.fullmatch(r"\d\.\d{3}e\+14", row(text, "rmse", 0)[1])
    assert max(map(len, text.splitlines())) <= 100
