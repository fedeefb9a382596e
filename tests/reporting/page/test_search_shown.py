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
from reporting.figures.search.parallel import parallel_figure
from reporting.figures.search.slices import slices_figure
from reporting.figures.search.values import limits, positions
from reporting.page.blocks import Drawings, Section
from reporting.page.part import Part
from reporting.page.report import HTML, MARKDOWN, reports, sections
from reporting.page.sections.search import search_blocks
from reporting.page.text import markdown
from reporting.search_words import answer_lines
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
