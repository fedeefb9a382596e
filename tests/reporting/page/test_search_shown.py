"""A search in the terminal and on the page: the numbers of the answer, in words that call things by their name."""

import io
import math
import re

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of
from pages import read_page, tables, text
from rich.console import Console
from searches import SPACE, members_of, random_trials, study_of, trial

from configs.sections.search import Axis
from evaluation.search.answer import Searched, search_answer
from reporting.figures.search.history import history_figure
from reporting.figures.search.importance import importance_figure
from reporting.figures.search.parallel import parallel_figure
from reporting.figures.search.slices import slices_figure
from reporting.figures.search.values import limits, positions
from reporting.page.blocks import Drawings, Section
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports, sections
from reporting.page.sections.search import search_blocks
from reporting.page.text import markdown
from reporting.search_words import answer_lines, setting_in_words, value_in_words
from reporting.tables.search_table import search_summary

SECTION = ".//section[@id='search']"


def quality(values, draw):
    return 0.9 - 0.05 * abs(math.log10(values["optimizer.learning_rate"]) + 2) + draw.normal(0, 0.005, 4)


@pytest.fixture
def searched(imagine, judged):
    """`searched(trials, search)` -> the answer, and its part of a page."""

    def make(trials, search=None, **study):
        predictions, fits = imagine(**study)
        metrics = judged(predictions, fits, timing=TIMING)
        known = Searched(study_of(**(search or {})), members_of(fits), trials, metrics, predictions)
        return search_answer(known), Part(metrics, predictions, history_of(fits))

    return make


def blocks_of(answer):
    """The section of `report.md` alone, and what its figures say."""
    blocks = search_blocks(answer)
    labels = [svg for block in blocks if isinstance(block, Drawings) for svg in block.svgs.values()]
    return markdown("", "", [Section("search", "Search", blocks)], {}).replace("\\", ""), labels


def printed(answer, width=80):
    file = io.StringIO()
    Console(file=file, width=width).print(search_summary(answer))
    return file.getvalue()


def test_the_terminal_has_every_sentence_in_eighty_columns(searched):
    answer, _ = searched(random_trials(24, 4, quality))
    said = printed(answer)
    assert max(map(len, said.splitlines())) <= 80
    words = re.sub(r"\s+", " ", said)
    for term, _ in answer_lines(answer):
        assert f"\n{term}" in said
    assert f"{answer['best']['mean']:.4f} +- {answer['best']['error']:.4f}" in words
    assert (
        f"{answer['outer']['mean']:.4f} (95 % {answer['outer']['low']:.4f} to {answer['outer']['high']:.4f})" in words
    )


def test_the_page_has_figures_tables_and_every_sentence(searched):
    answer, part = searched(random_trials(24, 4, quality))
    told = reports({"lightning": part}, RECORD._replace(search=answer))
    section = read_page(told[HTML]).find(SECTION)
    labels = [svg.get("aria-label").split(",")[0] for svg in section.iter("svg")]
    assert labels == ["History", "Importance of the keys", "Parallel coordinates", "Slices"]
    best, winners = (tables(section)[caption] for caption in ("Best trials", "Winner of each fold"))
    assert list(best)[:5] == [str(number) for number in answer["top"]]
    assert {fold: cells[0] for fold, cells in winners.items()} == {
        one["fold"]: str(one["number"]) for one in answer["winners"]
    }
    for shown in (text(section), told[MARKDOWN].replace("\\", "")):
        assert f"{answer['best']['mean']:.4f} ± {answer['best']['error']:.4f}" in shown
        assert "of the whole procedure" in shown
        assert "optimistic" not in shown


@pytest.mark.parametrize("objective", ["auroc", "loss"])
def test_the_best_trials_are_ordered_and_each_fold_has_the_scores_of_its_winner(searched, objective):
    answer, part = searched(random_trials(24, 4, quality), {"objective": objective})
    told = reports({"lightning": part}, RECORD._replace(search=answer))
    best, winners = (tables(read_page(told[HTML]))[caption] for caption in ("Best trials", "Winner of each fold"))
    values = {str(one["number"]): one["value"] for one in answer["trials"]}
    shown = [values[number] for number in best]
    assert shown == sorted(values.values(), reverse=objective == "auroc")[:10]
    for one in answer["winners"]:
        cells = winners[one["fold"]]
        assert [float(cell) for cell in cells[1:3]] == pytest.approx([one["inner"], one["outer"]], abs=6e-5)
        (setting,) = [entry["values"] for entry in answer["trials"] if entry["number"] == one["number"]]
        assert cells[3:] == [value_in_words(value) for value in setting.values()]


def test_bounds_and_the_simplest_setting_are_said_in_words_that_tell_what_to_do(searched):
    values = [{}, {"optimizer.learning_rate": 1.2e-4}, {"optimizer.learning_rate": 1e-2, "model.dropout": 0.5}]
    means = [[0.5, 0.6, 0.5, 0.6], [0.90, 0.94, 0.92, 0.92], [0.91, 0.92, 0.92, 0.91]]
    trials = [trial(place, means[place], values=own, weights=(9, 900, 100)[place]) for place, own in enumerate(values)]
    answer, _ = searched(trials)
    told = dict(answer_lines(answer))
    assert told["best setting"] == "trial 1: learning_rate 0.00012, dropout 0.2, activation relu"
    assert told["on a bound"] == (
        "optimizer.learning_rate 0.00012 is 2.6 % of the range, of its logarithm, from the lower bound 0.0001, as of 3"
        " of 4 folds' winners: search below 0.0001"
    )
    assert told["simplest"] == (
        "trial 2: learning_rate 0.01, dropout 0.5, activation relu (AUROC 0.9150, 100 weights; simplest of 2 within one"
        " standard error)"
    )
    assert told["winners"] == "trial 1 in 3 of 4 folds, trial 2 in 1"
    above = {**answer["bounds"][0], "side": "high", "bound": 0.1, "value": 0.1, "share": 0.0, "folds": 1}
    assert dict(answer_lines(answer | {"bounds": [above]}))["on a bound"] == (
        "optimizer.learning_rate 0.1 is the upper bound: search above 0.1"
    )


def test_a_file_of_a_seat_is_told_by_the_name_of_its_seat_and_its_own_with_its_arguments(searched):
    focal = {"name": "focal", "gamma": 2.0}
    space = {
        "training.loss": Axis(choices=("cross_entropy", focal)),
        "optimizer.name": Axis(choices=("adam", "sgd")),
        "training.early_stopping": Axis(choices=(None, {"patience": 5})),
    }
    values = {"training.loss": focal, "optimizer.name": "sgd", "training.early_stopping": None}
    answer, part = searched([trial(0, [0.5] * 4), trial(1, [0.9] * 4, values=values)], {"space": space})
    told = dict(answer_lines(answer))
    assert told["best setting"] == "trial 1: loss focal(gamma=2), optimizer sgd, early_stopping null"
    assert setting_in_words(answer, answer["trials"][0]).startswith(
        "loss auto, optimizer adam, early_stopping monitor="
    )
    of_loss = {**answer, "objective": {**answer["objective"], "name": "loss"}}
    assert [tick.get_text() for tick in parallel_figure(of_loss).axes[0].get_xticklabels()][::3] == [
        "training.loss", "loss"
    ]  # fmt: skip
    page = read_page(reports({"lightning": part}, RECORD._replace(search=answer))[HTML])
    assert tables(page)["Best trials"]["1"][1:4] == ["focal(gamma=2)", "sgd", "null"]
    assert [name for _, name in positions(answer, "training.loss").ticks] == ["cross_entropy", "focal(gamma=2)", "auto"]


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(0.01, 0.03, "promises too much"), (-0.01, 0.05, "do not clearly differ"), (-0.03, -0.01, "promises too little")],
)
def test_optimism_is_judged_by_its_interval(searched, low, high, says):
    answer, _ = searched([trial(0, [0.9] * 4)])
    told = {"difference": (low + high) / 2, "low": low, "high": high, "folds": 4}
    assert says in dict(answer_lines(answer | {"optimism": told}))["optimism"]


def test_the_figures_mark_the_best_trial_the_study_as_written_and_what_has_failed(searched):
    trials = [trial(0, [0.5] * 4), trial(1, [0.8] * 4), trial(2, [None] * 4), trial(3, [0.7] * 4)]
    answer, _ = searched(trials, {"space": {"optimizer.learning_rate": SPACE["optimizer.learning_rate"]}})
    history = {line.get_label(): line for line in history_figure(answer).axes[0].lines}
    assert history["failed"].get_xdata() == [2]
    assert history["best so far"].get_ydata().tolist() == [0.5, 0.8, 0.8]
    dots = {line.get_markersize(): line for line in slices_figure(answer).axes[0].lines if line.get_marker() == "o"}
    np.testing.assert_allclose([*dots[6].get_xdata(), *dots[6].get_ydata()], [math.log10(0.002), 0.8])
    dashed = [line for line in slices_figure(answer).axes[0].lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed[0].get_xdata(), [-3, -3])
    thick = max(parallel_figure(answer).axes[0].lines[:4], key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(thick.get_ydata(), [(math.log10(0.002) + 4) / 3, 1 - 0.06 / 1.12])


def test_a_bar_of_the_importance_is_the_mean_of_its_key_and_the_line_its_deviation(searched):
    answer, _ = searched(random_trials(40, 4, quality))
    axes = importance_figure(answer).axes[0]
    known = answer["importance"]["keys"]
    assert [bar.get_width() for bar in axes.patches] == [one["mean"] for one in known.values()]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [key.rpartition(".")[2] for key in known]
    (lines,) = axes.collections
    lengths = [end - start for (start, _), (end, _) in lines.get_segments()]
    assert lengths == pytest.approx([2 * one["std"] for one in known.values()])
    assert axes.yaxis_inverted()
    (_, note, *_) = [block.note for block in search_blocks(answer) if isinstance(block, Drawings)]
    assert f"Its R2 out of the bag is {answer['importance']['r2']:.2f}, of 40 trials." in note


def test_a_score_of_plain_selection_is_called_optimistic_wherever_it_is_told(searched):
    answer, _ = searched(random_trials(6, 4, quality), {"selection": "plain"})
    shown, _ = blocks_of(answer)
    assert "optimistic, since all folds together chose the setting" in shown
    assert "so scores are optimistic" in shown
    assert "optimistic" in printed(answer)


def test_failed_trials_are_on_the_page_with_their_causes(searched):
    trials = [*random_trials(5, 4, quality), trial(5, [None] * 4, cause="lightning: killed in epoch 3")]
    answer, _ = searched(trials)
    shown, _ = blocks_of(answer)
    assert "Trial 5: lightning: killed in epoch 3" in shown
    assert "1 of 6 trials" in printed(answer)
    assert "not enough trials: 5" in shown


def test_a_search_of_failures_is_a_page_without_figures(searched):
    answer, _ = searched([trial(0, [None] * 4, cause="it is broken")])
    shown, figures = blocks_of(answer)
    assert not figures
    assert "none: every trial failed" in printed(answer)
    assert "it is broken" in shown


def test_a_run_that_is_no_search_has_no_section(searched):
    _, part = searched([trial(0, [0.9] * 4)])
    assert [one.name for one in sections({"lightning": part}, RECORD)][1] == "numbers"


def test_a_diverged_trial_does_not_flatten_the_others(searched):
    trials = [trial(number, [value] * 4) for number, value in enumerate([0.5, 0.4, 0.45, 9e9, 0.48])]
    answer, _ = searched(trials, {"objective": "loss"})
    low, high = limits(answer)
    assert 0.39 < low < 0.4
    assert 0.5 < high < 0.51
    axes = history_figure(answer).axes[0]
    drawn = {line.get_label(): line.get_xdata().tolist() for line in axes.lines}
    assert drawn["beyond the axis"] == [3]
    assert drawn["a trial"] == [0, 1, 2, 4]
    assert axes.get_ylim() == (low, high)


def test_positions_are_logarithms_places_of_choices_and_gaps(searched):
    space = SPACE | {"optimizer.weight_decay": Axis(low=1e-6, high=1e-2, log=True, when={"model.activation": "selu"})}
    values = [{}, {"model.activation": "selu", "optimizer.weight_decay": 1e-3}, {"model.activation": "tanh"}]
    trials = [trial(number, [0.9] * 4, values=own) for number, own in enumerate(values)]
    answer, _ = searched(trials, {"space": space})
    decay, activation = (positions(answer, key) for key in ("optimizer.weight_decay", "model.activation"))
    np.testing.assert_allclose(decay.values, [np.nan, -3, np.nan])
    assert (decay.log, [name for _, name in decay.ticks]) == (True, ["1e-06", "0.01"])
    assert activation.values.tolist() == [0, 1, 2]
    assert [name for _, name in activation.ticks] == ["relu", "selu", "tanh"]


def test_two_choices_have_their_names_on_the_axis_of_a_slice_and_no_numbers(searched):
    space = {"model.activation": Axis(choices=("relu", "selu"))}
    trials = [trial(0, [0.9] * 4), trial(1, [0.8] * 4, values={"model.activation": "selu"})]
    answer, _ = searched(trials, {"space": space})
    assert [one.get_text() for one in slices_figure(answer).axes[0].get_xticklabels()] == ["relu", "selu"]


def test_one_trial_and_keys_that_do_not_vary_are_drawn(searched):
    answer, _ = searched([trial(0, [0.9] * 4)])
    assert len(blocks_of(answer)[1]) == 1


def test_more_keys_than_there_is_room_for_are_left_out_of_the_figures(searched):
    keys = [
        "model.dropout",
        "optimizer.learning_rate",
        "optimizer.weight_decay",
        "optimizer.clip_norm",
        "optimizer.beta1",
        "optimizer.beta2",
        "optimizer.epsilon",
        "folds.validation_fraction",
        "training.early_stopping.min_delta",
        "optimizer.schedule.warmup",
    ]
    draw = np.random.default_rng(0)
    trials = [trial(number, [0.9 + number / 100] * 4, values={key: float(draw.random()) for key in keys})
              for number in range(1, 6)]  # fmt: skip
    answer, _ = searched(trials, {"space": {key: Axis(low=0.1, high=0.9) for key in keys}})
    assert len(parallel_figure(answer).axes[0].get_xticks()) == 9
    assert sum(axes.axison for axes in slices_figure(answer).axes) == 9
    assert max(map(len, printed(answer).splitlines())) <= 80
