"""Advice against underfitting and overfitting: a line each, the most promising first, with the study key to change."""

from collections.abc import Mapping

from evaluation.decimals import percentage

AVOIDED, CLOSE, MUCH = 0.05, 0.1, 0.5
NOTHING = "nothing has to change; more data or better features are what may still help"


def advise(verdict: str, evidence: Mapping[str, float]) -> list[str]:
    """Advice for the verdict of `diagnosis.diagnose` on the `curves`, from the medians of its `evidence`."""
    if verdict == "overfit":
        return _against_overfitting(evidence)
    return _against_underfitting(evidence) if verdict == "underfit" else _for_a_good_fit(evidence)


def _against_overfitting(evidence: Mapping[str, float]) -> list[str]:
    rise = percentage(evidence["rise"], 0)
    late = f"the validation loss rose by {rise} of the baseline's loss before the training ended"
    stop = [f"stop earlier: {late}; set training.early_stopping={{patience: 15}}"] * (evidence["rise"] > AVOIDED)
    return [
        *stop,
        "a smaller net, for example model.hidden=[16]",
        "more dropout, for example model.dropout=0.5",
        "weight decay, for example optimizer.name=adamw optimizer.weight_decay=0.01",
        "fewer features, for example inputs.select=5",
        "more data: more rows are what helps most, where they can be had",
    ]


def _against_underfitting(evidence: Mapping[str, float]) -> list[str]:
    falling = evidence["late_gain"] > 0
    longer = ["train longer: the validation loss still fell at the end; double training.max_epochs"] * falling
    return [
        *longer,
        "a larger step, for example optimizer.learning_rate=0.003",
        "a larger net, for example model.hidden=[128, 128]",
        "less dropout and less weight decay: model.dropout=0 optimizer.weight_decay=0",
        "other features: if a larger net learns no more, the inputs may not tell more",
    ]


def _for_a_good_fit(evidence: Mapping[str, float]) -> list[str]:
    if evidence["rise_avoided"] > AVOIDED:
        avoided = percentage(evidence["rise_avoided"], 0)
        saved = f"without early stopping the validation loss would have risen by {avoided}"
        return [f"{saved} of the baseline's loss: keep it; dropout or a smaller net may lower the loss itself"]
    if evidence["train_explained"] < MUCH and evidence["gap"] < CLOSE:
        below = percentage(evidence["train_explained"], 0)
        told = f"even on the training rows the loss is only {below} below the baseline's"
        return [f"{told}, and the curves agree: try a larger net once; if it is no better, the target is noisy"]
    return [NOTHING]
