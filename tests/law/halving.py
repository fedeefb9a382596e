"""Stacks that a device has no memory for: what the same study gives where the memory is large enough."""

import numpy as np

from experiment.run.files.checkpoints import Checkpoints
from experiment.training.session import Session

MEMBERS, EPOCH = 3, 6
STUDY = (
    "folds.splits=5", "training.precision=64", "training.max_epochs=12", "training.early_stopping={patience: 2}",
    "training.plateau={patience: 1, min_delta: 0.05}", "folds.validation_fraction=0.2", "optimizer.learning_rate=0.05",
)  # fmt: skip


def short_of_memory(monkeypatch) -> list[tuple[int, int]]:
    """No stack of more than three members gets past its sixth epoch; the epochs that were trained, by members."""
    trained, conclude = [], Session.conclude

    def watched(session, epoch, stack):
        if len(session.members) > MEMBERS and epoch == EPOCH:
            raise MemoryError("9 GB")
        trained.append((len(session.members), epoch))
        conclude(session, epoch, stack)

    monkeypatch.setattr(Session, "conclude", watched)
    monkeypatch.setattr(Checkpoints, "due", lambda self: True)
    return trained


def assert_equal(one, other, bound):
    """Two results of a training."""
    np.testing.assert_array_equal(one.epochs, other.epochs)
    np.testing.assert_array_equal(one.best_epoch, other.best_epoch)
    for name, array in one.weights.items():
        np.testing.assert_allclose(other.weights[name], array, rtol=0, atol=bound)
    for mine, theirs in zip(one.logits, other.logits, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=0, atol=max(bound, 1e-6))
