"""Verdict on underfitting and overfitting, with advice and evidence."""

from evaluation.folds.names import unit
from reporting.figures.learning import losses_in_words
from reporting.page.blocks import Block, Cell, Facts, Grid
from reporting.page.numbers import ABSENT, percent
from reporting.page.part import Part, Parts, first, lines_of_each

EVIDENCE = {
    "train_explained": "training loss reduction",
    "validation_explained": "validation loss reduction",
    "gap": "gap between them",
    "rise": "rise of the validation loss up to the best epoch",
    "rise_avoided": "rise after it, avoided by early stopping",
    "late_gain": "fall of both losses in the last quarter",
}


def fit_blocks(parts: Parts) -> list[Block]:
    """Verdict, advice and rule, and the evidence as a table, where curves that can be compared give some."""
    told = {name: part.metrics["diagnosis"] for name, part in parts.items()}
    losses = losses_in_words(first(parts).metrics)
    facts = [
        *([("Losses", [losses])] if losses else []),
        ("Verdict", lines_of_each(parts, verdict)),
        *([("What to try", tried)] if (tried := lines_of_each(parts, _advice)) else []),
        ("Rule", [first(parts).metrics["diagnosis"]["rule"]]),
    ]
    rows = [
        [
            Cell(title),
            *(Cell(percent(one["evidence"][key]) if key in one["evidence"] else ABSENT) for one in told.values()),
        ]
        for key, title in EVIDENCE.items()
    ]
    told_of = first(parts).metrics
    several = f", the median of the {unit(told_of)}s" if len(told_of["folds"]) > 1 else ""
    note = f"Reduction against the baseline; all as shares of the baseline's loss{several}."
    known = any(key in one["evidence"] for one in told.values() for key in EVIDENCE)
    return [*[Grid("Evidence", ["", *told], rows, note)] * known, Facts(facts)]


def verdict(part: Part) -> str:
    """`Good fit (good fit in 8 and overfit in 2 of 10 folds).`"""
    diagnosis = part.metrics["diagnosis"]
    folds = sorted(diagnosis["evidence"]["folds"].items(), key=lambda item: -item[1])
    told = [f"{name} in {number}" for name, number in folds if number]
    several = f" ({', '.join(told)} of {len(part.metrics['folds'])} {unit(part.metrics)}s)" if len(told) > 1 else ""
    limits = f": {'; '.join(limits)}" if (limits := diagnosis.get("limits")) else ""
    return f"{diagnosis['verdict'].capitalize()}{several}{limits}."


def advice(part: Part) -> list[str]:
    """What to try, each a sentence without its full stop, without what `verdict` has named; may be none."""
    diagnosis = part.metrics["diagnosis"]
    told = [one for one in diagnosis["advice"] if one not in diagnosis.get("limits", ())]
    return [f"{told[0][0].upper()}{told[0][1:]}", *told[1:]] if told else []


def _advice(part: Part) -> str:
    return f"{'; '.join(told)}." if (told := advice(part)) else ""
