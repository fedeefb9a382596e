"""Cross entropy with the logits, with label smoothing (Szegedy et al. 2016)."""

from torch import Tensor

from configs.types import Fraction
from lightning_mods.layers import softplus

TASKS = ("binary", "multiclass")
UNIT_POWER = 0


def row_losses(logits: Tensor, targets: Tensor, *, label_smoothing: Fraction = 0.0) -> Tensor:
    """Loss of every row: logits `(members, batch, outputs)`, targets `(members, batch)` -> `(members, batch)`.

    One output is the logit of the positive class. `label_smoothing` is the share of a row that is spread over all
    classes, its own included.
    """
    smooths = not isinstance(label_smoothing, float) or label_smoothing > 0  # members may have a tensor of their own
    if logits.shape[-1] > 1:
        logs = logits.log_softmax(-1)
        losses = -logs.gather(-1, targets.long()[..., None])[..., 0]
        return losses - label_smoothing * (logs.mean(-1) + losses) if smooths else losses
    # softplus of the logit, negated for the positive class: value and gradient keep their digits in both tails.
    values = logits.squeeze(-1)
    wrong = values * (1.0 - 2.0 * targets.to(values.dtype))
    return softplus(wrong) - 0.5 * label_smoothing * wrong if smooths else softplus(wrong)
