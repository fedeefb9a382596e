import formulas
import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, mean_pinball_loss, mean_squared_error
from torch.nn import functional as F

from configs.seats.losses import Loss
from lightning_mods.stack.members import clip_members, load_loss, member_losses, row_losses, row_shares

RANDOM = np.random.default_rng(0)
LOGITS = {
    "binary": 3.0 * RANDOM.normal(size=(3, 20, 1)),
    "multiclass": 3.0 * RANDOM.normal(size=(3, 20, 4)),
    "regression": RANDOM.normal(size=(3, 20, 1)),
}
TARGETS = {
    "binary": RANDOM.integers(0, 2, (3, 20)),
    "multiclass": RANDOM.integers(0, 4, (3, 20)),
    "regression": RANDOM.normal(size=(3, 20)),
}
COUNTS = np.array([20, 13, 1])
WEIGHTS = (np.arange(20) < COUNTS[:, None]).astype(np.float64)


def losses_of(task):
    return row_losses(torch.tensor(LOGITS[task]), torch.tensor(TARGETS[task]), task)


@pytest.mark.parametrize("task", LOGITS)
def test_the_loss_of_a_row_is_its_formula(task):
    reference = formulas.row_losses(LOGITS[task], TARGETS[task], task)
    np.testing.assert_allclose(losses_of(task), reference, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("task", LOGITS)
def test_the_loss_of_a_member_is_scikit_learns_over_its_own_rows(task):
    losses = member_losses(losses_of(task), row_shares(torch.tensor(WEIGHTS)))
    for member, count in enumerate(COUNTS):
        logits, targets = LOGITS[task][member, :count], TARGETS[task][member, :count]
        if task == "regression":
            reference = mean_squared_error(targets, logits[:, 0])
        else:
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1) if task == "binary" else logits
            shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            reference = log_loss(targets, shares, labels=np.arange(logits.shape[1]))
        assert float(losses[member]) == pytest.approx(reference, rel=1e-12)


@pytest.mark.parametrize("task", LOGITS)
def test_a_weighted_loss_is_the_weighted_mean_of_its_rows_also_where_they_sum_to_less_than_1(task):
    weights = WEIGHTS * RANDOM.uniform(0.001, 0.02, WEIGHTS.shape)
    losses = member_losses(losses_of(task), row_shares(torch.tensor(weights)))
    rows = formulas.row_losses(LOGITS[task], TARGETS[task], task)
    for member in range(3):
        assert float(losses[member]) == pytest.approx(np.average(rows[member], weights=weights[member]), rel=1e-12)


def test_weights_of_classes_give_torchs_cross_entropy_and_its_gradient():
    logits, targets = torch.tensor(LOGITS["multiclass"], requires_grad=True), torch.tensor(TARGETS["multiclass"])
    of_class = torch.tensor([0.1, 3.0, 1.0, 0.4], dtype=torch.float64)
    losses = member_losses(row_losses(logits, targets, "multiclass"), row_shares(of_class[targets]))
    losses.sum().backward()
    for member in range(3):
        own = logits[member].detach().requires_grad_()
        reference = torch.nn.CrossEntropyLoss(weight=of_class)(own, targets[member])
        reference.backward()
        assert float(losses[member]) == pytest.approx(float(reference), rel=1e-12)
        np.testing.assert_allclose(logits.grad[member], own.grad, rtol=1e-10, atol=1e-14)


def test_logits_of_any_size_have_a_finite_loss():
    logits = torch.tensor([[[200.0], [-200.0]]])
    np.testing.assert_allclose(row_losses(logits, torch.tensor([[0, 1]]), "binary"), [[200.0, 200.0]])


def test_a_member_without_rows_has_no_loss_and_no_gradient():
    logits = torch.tensor(LOGITS["binary"], requires_grad=True)
    weights = torch.tensor(WEIGHTS)
    weights[1] = 0
    losses = member_losses(row_losses(logits, torch.tensor(TARGETS["binary"]), "binary"), row_shares(weights))
    losses.sum().backward()
    assert losses[1] == 0
    assert not logits.grad[1].any()
    assert logits.grad[0].any()


def test_what_stands_in_the_padding_does_not_matter_even_if_it_is_infinite():
    logits = torch.tensor([[[1.0], [1e30]]], requires_grad=True)
    loss = member_losses(row_losses(logits, torch.zeros(1, 2), "regression"), row_shares(torch.tensor([[1.0, 0.0]])))
    loss.sum().backward()
    assert loss.tolist() == [1.0]
    assert logits.grad[0, :, 0].tolist() == [2.0, 0.0]


def test_the_gradient_of_a_member_does_not_know_the_stacks_size():
    def gradient(members):
        logits = torch.tensor(LOGITS["binary"][:members], requires_grad=True)
        losses = row_losses(logits, torch.tensor(TARGETS["binary"][:members]), "binary")
        member_losses(losses, row_shares(torch.tensor(WEIGHTS[:members]))).sum().backward()
        return logits.grad

    assert torch.equal(gradient(1)[0], gradient(3)[0])


def test_clipping_gives_each_member_at_most_the_norm_in_the_same_direction():
    gradients = RANDOM.normal(size=(4, 30)) * np.array([[10.0], [0.01], [0.0], [1.0]])
    clipped = clip_members(torch.tensor(gradients), 1.0).numpy()
    for before, after in zip(gradients, clipped, strict=True):
        norm = np.linalg.norm(before)
        np.testing.assert_allclose(after, before / norm if norm > 1.0 else before, rtol=1e-12)
    assert clip_members(torch.tensor(gradients), None).numpy().tobytes() == gradients.tobytes()


def test_clipping_is_torchs_own_for_one_member():
    gradient = torch.tensor(RANDOM.normal(size=(1, 30)))
    parameter = torch.nn.Parameter(torch.zeros(1, 30, dtype=torch.float64))
    parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(parameter, 0.5)
    np.testing.assert_allclose(clip_members(gradient, 0.5), parameter.grad, rtol=1e-5)


def test_a_member_that_is_not_finite_spoils_no_other():
    gradients = torch.ones(3, 4)
    gradients[1, 2] = torch.nan
    clipped = clip_members(gradients, 1.0)
    assert clipped.isnan().any(1).tolist() == [False, True, False]
    losses = member_losses(torch.tensor([[1.0, 2.0], [torch.nan, 1.0]]), torch.full((2, 2), 0.5))
    assert losses[0] == 1.5
    assert losses[1].isnan()


def of_study(name, task, **arguments):
    """Logits, targets, and the losses and gradients of a loss that a study names."""
    logits, targets = torch.tensor(LOGITS[task], requires_grad=True), torch.tensor(TARGETS[task])
    losses = load_loss(Loss(name=name, **arguments), task)(logits, targets)
    losses.sum().backward()
    return logits, targets, losses.detach()


def assert_same_with_its_gradient(logits, losses, reference):
    (gradient,) = torch.autograd.grad(reference.sum(), logits)
    np.testing.assert_allclose(losses, reference.detach(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(logits.grad, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_of_classes_is_torchs(smoothing):
    logits, targets, losses = of_study("cross_entropy", "multiclass", label_smoothing=smoothing)
    reference = F.cross_entropy(logits.mT, targets, label_smoothing=smoothing, reduction="none")
    assert_same_with_its_gradient(logits, losses, reference)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_of_two_classes_is_torchs_with_smoothed_targets(smoothing):
    logits, targets, losses = of_study("cross_entropy", "binary", label_smoothing=smoothing)
    smoothed = targets.double() * (1 - smoothing) + smoothing / 2
    reference = F.binary_cross_entropy_with_logits(logits[..., 0], smoothed, reduction="none")
    assert_same_with_its_gradient(logits, losses, reference)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_focal_loss_is_its_formula(task, gamma):
    logits, targets, losses = of_study("focal", task, gamma=gamma)
    whole = torch.cat([torch.zeros_like(logits), logits], -1) if task == "binary" else logits
    likely = whole.softmax(-1).gather(-1, targets[..., None])[..., 0]
    assert_same_with_its_gradient(logits, losses, -((1 - likely) ** gamma) * likely.log())


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
def test_a_loss_of_classes_has_a_finite_gradient_in_both_tails(name, classes):
    logits = torch.zeros(1, 2, classes)
    logits[..., 0] = torch.tensor([300.0, -300.0])
    logits.requires_grad_()
    load_loss(Loss(name=name), "")(logits, torch.zeros(1, 2, dtype=torch.int64)).sum().backward()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("delta", [0.3, 1.0])
def test_the_huber_loss_is_torchs(delta):
    logits, targets, losses = of_study("huber", "regression", delta=delta)
    assert_same_with_its_gradient(logits, losses, F.huber_loss(logits[..., 0], targets, delta=delta, reduction="none"))


def test_the_squared_loss_is_torchs():
    logits, targets, losses = of_study("squared", "regression")
    assert_same_with_its_gradient(logits, losses, F.mse_loss(logits[..., 0], targets, reduction="none"))


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_the_quantile_loss_is_scikit_learns_and_its_slope_is_the_quantile(quantile):
    logits, targets, losses = of_study("quantile", "regression", quantile=quantile)
    values = logits.detach()[..., 0]
    assert float(losses.mean()) == pytest.approx(
        mean_pinball_loss(targets.ravel(), values.ravel(), alpha=quantile), rel=1e-12
    )
    low = (targets >= values).numpy()
    np.testing.assert_allclose(logits.grad[..., 0], np.where(low, -quantile, 1 - quantile), rtol=1e-12)


OWN_ARGUMENTS = {
    "cross_entropy binary": ("label_smoothing", [0.0, 0.1, 0.9]),
    "cross_entropy multiclass": ("label_smoothing", [0.0, 0.1, 0.9]),
    "focal binary": ("gamma", [0.0, 1.0, 2.5]),
    "focal multiclass": ("gamma", [0.0, 1.0, 2.5]),
    "huber regression": ("delta", [0.1, 1.0, 3.0]),
    "quantile regression": ("quantile", [0.1, 0.5, 0.9]),
}


@pytest.mark.parametrize("case", OWN_ARGUMENTS)
def test_members_with_numbers_of_their_own_have_the_losses_of_each_alone(case):
    (name, task), (argument, values) = case.split(), OWN_ARGUMENTS[case]
    logits, targets = torch.tensor(LOGITS[task]), torch.tensor(TARGETS[task])
    own = {argument: torch.tensor(np.array(values)[:, None])}
    together = load_loss(Loss(name=name), task)(logits, targets, **own)
    for member, value in enumerate(values):
        alone = load_loss(Loss(name=name, **{argument: value}), task)(logits, targets)[member]
        np.testing.assert_allclose(together[member], alone, rtol=1e-14)


def test_each_member_is_clipped_to_a_norm_of_its_own_and_one_of_inf_is_not():
    gradients = np.stack([np.ones(4), np.full(4, 2.0), np.full(4, 100.0), np.zeros(4)])
    norms = np.array([[1.0], [8.0], [np.inf], [np.inf]])
    clipped = clip_members(torch.tensor(gradients), torch.tensor(norms))
    np.testing.assert_allclose(clipped, [[0.5] * 4, [2.0] * 4, [100.0] * 4, [0.0] * 4], rtol=1e-15)
