"""Result table of a run: for the terminal, and the same in markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from configs.shown import all_shown
from evaluation.decimals import decimals, percentage
from evaluation.folds.names import num_folds
from evaluation.intervals.dependence import cautions
from evaluation.judging.catalogue import per_class
from evaluation.judging.judge import shown_metrics
from reporting.fold_summary import FOLD_WORDS

Metrics = Mapping[str, Any]
Rows = list[tuple[str, list[str]]]
UNDEFINED = "undefined"
PLACES = {"out_of_fold": "out of fold", "test": "test"}


def comparison_table(metrics: Mapping[str, Metrics]) -> Table:
    """Frameworks as columns, metrics as rows: `{framework: metrics.json}` -> a table for `rich.console.Console.print`.

    Four sections: mean and standard deviation over the folds, the pooled out-of-fold rows and the ensemble of the folds
    on the held-out test set, both with their 95 % interval, and the fold summary; a section that a study does not have
    is left out. Of several seeds two more: how much another seed moves the mean over the folds, and the out-of-fold
    rows as the ensemble of the seeds predicts them. The last column is the baseline. Two frameworks of a classification
    fit in 80 columns. The text is ASCII; the rule below the head is, too, where rich finds a terminal without Unicode.
    """
    metrics = all_shown(metrics)
    table = Table(
        title=escape(_title(metrics)),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("metric")
    for column in (*metrics, "baseline"):
        table.add_column(column, justify="right")
    for section, rows in _sections(metrics):
        table.add_section()
        table.add_row(f"[bold]{section}[/bold]")
        for label, cells in rows:
            table.add_row(f"  {label}", *cells)
    table.caption, table.caption_justify = escape("\n".join(_notes(metrics))) or None, "left"
    return table


def markdown_table(metrics: Mapping[str, Metrics]) -> str:
    """The content of `comparison_table` as one markdown table."""
    metrics = all_shown(metrics)
    lines = [_row(["metric", *metrics, "baseline"]), _row(["---", *("---:" for _ in metrics), "---:"])]
    for section, rows in _sections(metrics):
        lines.append(_row([f"**{section}**", *("" for _ in metrics), ""]))
        lines += [_row([label, *cells]) for label, cells in rows]
    return "\n".join(lines) + "\n" + "".join(f"\n{note}\n" for note in _notes(metrics))


def _notes(metrics: Mapping[str, Metrics]) -> list[str]:
    """Which metrics of several classes are macro averages, and the cautions."""
    first = next(iter(metrics.values()))
    macro = per_class(shown_metrics(first)) if first["task"] == "multiclass" else ()
    return [f"macro averages: {', '.join(macro)}"] * bool(macro) + _cautions(metrics)


def _cautions(metrics: Mapping[str, Metrics]) -> list[str]:
    """Cautions about all intervals, or about those of one section."""
    said = {title: cautions(*(one[key] for one in metrics.values())) for key, title in PLACES.items()}
    everywhere = [caution for caution in said["out of fold"] if caution in said["test"]]
    return everywhere + [f"{title}: {one}" for title, own in said.items() for one in own if one not in everywhere]


def _sections(metrics: Mapping[str, Metrics]) -> Iterator[tuple[str, Rows]]:
    """Title and rows, label -> a cell per framework and the baseline's, of every section that a study has."""
    every = list(metrics.values())
    names, baseline, folds = shown_metrics(every[0]), every[0]["baseline"], max(map(num_folds, every))
    if any(one["scored"] for one in every):
        spreads = [(name, [_spread(one["scored"].get(name)) for one in every]) for name in names]
        yield f"{folds} folds, mean +- sd", _beside(spreads, baseline.get("scored"))
        yield from _over_seeds(every, names, "scored", "sd of mean")
        pooled = [one["out_of_fold"] for one in every]
        yield "out of fold, 95 %", _judged(pooled, pooled, names, baseline.get("out_of_fold"))
        yield from _ensemble_of_seeds(every, names, baseline.get("out_of_fold"))
    if any(one["test"] for one in every):
        title = "test, ensemble, 95 %" if max(len(one["folds"]) for one in every) > 1 else "test, 95 %"
        tested = [one["test"] for one in every]
        yield title, _judged([one.get("ensemble") for one in tested], tested, names, baseline.get("test"))
        if not any(one["scored"] for one in every):
            yield from _over_seeds(every, names, "test", "sd of test")
    words = [(label, [say(one) for one in every]) for label, say in FOLD_WORDS.items()]
    if told := [(label, [*cells, ""]) for label, cells in words if any(cells)]:
        yield "fold summary", told


def _over_seeds(every: list[Metrics], names: Sequence[str], place: str, title: str) -> Iterator[tuple[str, Rows]]:
    """How much another seed moves the mean of the folds, or the test set; nothing for studies of one seed."""
    known = [one.get("over_seeds", {}) for one in every]
    if any(known):
        rows = [(name, [*(_deviation(one.get(place, {}).get(name)) for one in known), ""]) for name in names]
        yield f"{max(len(one.get('seeds', ())) for one in known)} seeds, {title}", rows


def _ensemble_of_seeds(
    every: list[Metrics], names: Sequence[str], baseline: Metrics | None
) -> Iterator[tuple[str, Rows]]:
    """The out-of-fold rows, each predicted by the ensemble of its fold's seeds; nothing for studies of one seed."""
    if any("over_seeds" in one for one in every):
        pooled = [one.get("over_seeds", {}).get("out_of_fold", {}) for one in every]
        yield "seed ensemble, 95 %", _judged(pooled, pooled, names, baseline)


def _judged(
    values: Sequence[Metrics | None], places: Sequence[Metrics], names: Sequence[str], baseline: Metrics | None
) -> Rows:
    """Values with the `intervals` of their places, beside the baseline."""
    pairs = list(zip(values, places, strict=True))
    rows = [
        (name, [f"{_number(one, name)} {_interval(place, name)}".strip() for one, place in pairs]) for name in names
    ]
    return _beside(rows, baseline)


def _beside(rows: Rows, baseline: Metrics | None) -> Rows:
    return [(name, [*cells, _number(baseline, name).replace(UNDEFINED, "-")]) for name, cells in rows]


def _title(metrics: Mapping[str, Metrics]) -> str:
    """The study, and of a classification the prevalence: `breast_cancer, 37.4 % malignant`."""
    first = next(iter(metrics.values()))
    study, baseline = ", ".join(dict.fromkeys(one["study"] for one in metrics.values())), first["baseline"]
    if "base_rate" not in baseline:
        return study
    counted = first["classes"][1] if first["task"] == "binary" else baseline["majority_class"]
    return f"{study}, {percentage(baseline['base_rate'])} {counted}"


def _spread(summary: Metrics | None) -> str:
    if not summary or summary["mean"] is None:
        return UNDEFINED if summary else ""
    mean, std = summary["mean"], summary["std"]
    return decimals(mean, 4) if std is None else f"{decimals(mean, 4)} +- {decimals(std, 4)}"


def _deviation(spread: Metrics | None) -> str:
    if not spread:
        return ""
    return UNDEFINED if spread["std_over_seeds"] is None else f"+- {decimals(spread['std_over_seeds'], 4)}"


def _number(values: Metrics | None, metric: str) -> str:
    if not values:
        return ""
    return UNDEFINED if values[metric] is None else decimals(values[metric], 4)


def _interval(judged: Metrics, metric: str) -> str:
    interval = judged.get("intervals", {}).get(metric)
    if not interval or interval["low"] is None:
        return ""
    return f"({decimals(interval['low'], 3)}, {decimals(interval['high'], 3)})"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
