"""Overfitting, said in words, with its evidence."""

from evaluation.page.blocks import Block, Cell, Facts, Grid, Row
from evaluation.page.numbers import ABSENT, percent
from evaluation.page.part import Part, Parts, first, said_of_each

EVIDENCE = {
    "train_explained": "explained of the training rows",
    "validation_explained": "explained of the validation rows",
    "gap": "the gap between them",
    "rise": "validation loss climbed, up to the kept epoch",
    "rise_avoided": "climbed after it, which early stopping avoided",
    "late_gain": "both losses still fell in the last quarter",
}


def fit_blocks(parts: Parts) -> list[Block]:
    """Verdict, advice and rule, and the evidence as a table."""
    told = {name: part.metrics["diagnosis"] for name, part in parts.items()}
    facts = [
        ("Verdict", said_of_each(parts, verdict)),
        ("What to try", said_of_each(parts, _advice)),
        ("Rule", [first(parts).metrics["diagnosis"]["rule"]]),
    ]
    rows = [
        [
            Cell(title),
            *(Cell(percent(one["evidence"][key]) if key in one["evidence"] else ABSENT) for one in told.values()),
        ]
        for key, title in EVIDENCE.items()
    ]
    several = ", the median of the folds" if len(first(parts).metrics["folds"]) > 1 else ""
    return [Facts(facts), Row([Grid("Evidence", ["", *told], rows, f"As shares of a guess's loss{several}.")])]


def verdict(part: Part) -> str:
    """`Good fit (good fit in 8 and overfit in 2 of 10 folds).`"""
    diagnosis = part.metrics["diagnosis"]
    folds = sorted(diagnosis["evidence"]["folds"].items(), key=lambda item: -item[1])
    told = [f"{name} in {number}" for name, number in folds if number]
    several = f" ({', '.join(told)} of {len(part.metrics['folds'])} folds)" if len(told) > 1 else ""
    return f"{diagnosis['verdict'].capitalize()}{several}."


def _advice(part: Part) -> str:
    advice = part.metrics["diagnosis"]["advice"]
    return "; ".join([advice[0][0].upper() + advice[0][1:], *advice[1:]]) + "."
