"""Search on the page: the answer in sentences, history, parallel coordinates, importance, slices, and tables."""

from collections.abc import Mapping
from typing import Any

from configs.shown import all_shown
from reporting.figures.search.values import done_trials, varied_keys
from reporting.page.blocks import Block, Cell, Facts, Grid
from reporting.page.numbers import ABSENT, count, full, with_signs
from reporting.page.search_drawings import search_drawings
from reporting.search_words import answer_lines, failures_by_cause, setting_in_words, short_names, value_in_words

Answer = Mapping[str, Any]
MOST_SHOWN, MOST_COLUMNS, MOST_FAILED = 10, 8, 20
"""Trials of the table, keys with a column of their own, and failed trials that are listed."""


def search_blocks(answer: Answer | None) -> list[Block]:
    """The blocks of a `search.json`; nothing for a run that is no search."""
    if answer is None:
        return []
    told = all_shown(answer)
    facts: list[Block] = [Facts([(term.capitalize(), [_sentence(text)]) for term, text in answer_lines(told)])]
    if not done_trials(told):
        return [*facts, *_failed(told)]
    return [*facts, *search_drawings(told), *_why_no_importance(told), _top(told), _winners(told), *_failed(told)]


def searched_in_words(answer: Answer) -> str:
    """`A search of 24 settings (random, nested selection).`"""
    return (
        f"A search of {count(len(answer['trials']), 'setting')} ({answer['oracle']}, {answer['selection']} selection)."
    )


def _sentence(text: str) -> str:
    """`text` as a sentence, with the signs of the page."""
    signed = with_signs(text)
    begins_with_key = "." in signed.split(" ")[0]
    return f"{signed if begins_with_key else signed[0].upper() + signed[1:]}."


def _why_no_importance(answer: Answer) -> list[Block]:
    told = answer["importance"]
    return [] if told["keys"] else [Facts([("Importance of the keys", [f"Not estimated: {told['reason']}."])])]


def _top(answer: Answer) -> Grid:
    """The best trials with their values."""
    shown = sorted(done_trials(answer), key=lambda one: _order(answer, one))[:MOST_SHOWN]
    rows = [
        [
            Cell(str(one["number"])),
            Cell(full(one["mean"]), "" if one["error"] is None else f"± {full(one['error'])}"),
            *_values(answer, one),
            Cell(f"{one['weights']:,}" if one["weights"] else ABSENT),
            Cell(f"{one['epochs']:.3g}"),
        ]
        for one in shown
    ]
    columns = ["trial", answer["objective"]["name"], *_columns(answer).values(), "weights", "epochs"]
    ordered = "" if answer["together"] else " Ordered by the gain over the median of the fold's trials."
    note = f"Mean over the folds' validation rows ± standard error; epochs trained, on average.{ordered}"
    return Grid("Best trials", columns, rows, f"{note} {_totals(answer)}")


def _order(answer: Answer, one: Mapping[str, Any]) -> tuple[bool, float, int]:
    value = one["value"] if answer["objective"]["falls"] else -one["value"]
    return one["number"] != answer["top"][0], value, one["number"]


def _columns(answer: Answer) -> dict[str, str]:
    """Key -> its column; one column for the whole setting where there is no room for each key, or none varies."""
    keys = varied_keys(answer)
    return short_names(keys, answer["objective"]["name"]) if 0 < len(keys) <= MOST_COLUMNS else {"": "setting"}


def _values(answer: Answer, one: Mapping[str, Any] | None) -> list[Cell]:
    """The cells of `_columns` of a trial, or of none."""
    if one is None:
        return [Cell(ABSENT) for _ in _columns(answer)]
    told = {key: value_in_words(value) for key, value in one["values"].items()} | {"": setting_in_words(answer, one)}
    return [Cell(told.get(key, ABSENT)) for key in _columns(answer)]


def _totals(answer: Answer) -> str:
    trials, done = len(answer["trials"]), len(done_trials(answer))
    whole = f"{done} with an objective in each of their folds"
    return f"{count(trials, 'trial')}, {whole}, {answer['seconds']:.0f} s of training."


def _winners(answer: Answer) -> Grid:
    """Of each fold the setting that it chose, with its score on validation and on scored rows."""
    entries = {one["number"]: one for one in answer["trials"]}
    rows = [
        [
            Cell(one["fold"]),
            Cell(ABSENT if one["number"] is None else str(one["number"])),
            Cell(full(one["inner"])),
            Cell(ABSENT if one["outer"] is None else full(one["outer"])),
            *_values(answer, entries.get(one["number"])),
        ]
        for one in answer["winners"]
    ]
    how = (
        "Each fold chose by its own validation rows" if answer["selection"] == "nested" else "All folds chose together"
    )
    note = (
        f"{how}; the scored rows chose nothing."
        if answer["selection"] == "nested"
        else f"{how}, so scores are optimistic."
    )
    name = answer["objective"]["name"]
    columns = ["", "trial", f"{name}, validation", f"{name}, scored", *_columns(answer).values()]
    return Grid("Winner of each fold", columns, rows, note, folds=[one["fold"] for one in answer["winners"]])


def _failed(answer: Answer) -> list[Block]:
    """Failed trials by their cause."""
    causes = failures_by_cause(answer)
    lines = [
        f"Trial {', '.join(map(str, own[:MOST_FAILED]))}{' ...' * (len(own) > MOST_FAILED)}: {cause}"
        for cause, own in causes.items()
    ]
    return [Facts([("Failed trials", lines[:MOST_FAILED])])] if lines else []
