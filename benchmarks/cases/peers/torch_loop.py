"""Fold by fold: a plain torch loop over tensor slices, without validation."""

import torch
from torch.nn import functional as F

from benchmarks.cases.emit import case_parser, case_study, emit, use_threads
from benchmarks.cases.peers.solo import Predict, SoloFold, fit_each, solo_folds
from benchmarks.cases.peers.torch_net import initial_net, predictor, tensors
from configs.schema import Study
from datamodules.fold_data import fold_data


def fit(study: Study, fold: SoloFold) -> Predict:
    """Every epoch is gathered once and sliced into batches."""
    net, (features, targets) = initial_net(study, fold), tensors(fold)
    net.requires_grad_().train()
    optimizer = torch.optim.Adam(net.parameters(), lr=study.optimizer.learning_rate)
    for order in fold.orders:
        rows = torch.as_tensor(order)
        inputs, goals = features[rows], targets[rows]
        for start in range(0, len(rows), fold.batch_size):
            batch = slice(start, start + fold.batch_size)
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(net(inputs[batch])[:, 0], goals[batch]).backward()
            optimizer.step()
    return predictor(net)


if __name__ == "__main__":
    arguments = case_parser(__doc__).parse_args()
    use_threads(arguments.threads)
    study = case_study(arguments.overrides)
    emit(fit_each(solo_folds(study, fold_data(study), arguments.folds), lambda fold: fit(study, fold)))
