"""Lower bound of a step of a stack of multilayer perceptrons: arithmetic, bytes, launches."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Reads of a weight, its gradient and two moments, writes of the weight and the moments.
ADAM_NUMBERS = 7
# Passes over the activations when each layer is fused: written and read forward, and once more backward.
PASSES = 4


@dataclass(frozen=True)
class Step:
    """One step of `members` networks with layers of `widths`, each on its own batch of `batch` rows.

    A weight takes `weight_bytes`, an activation `activation_bytes`: 4 and 4 in float32, 4 and 2 with bf16, 8 and 8 in
    float64.
    """

    widths: Sequence[int]
    members: int
    batch: int
    weight_bytes: int = 4
    activation_bytes: int = 4

    @property
    def kernels(self) -> int:
        """Weights of one member without its biases."""
        return sum(inputs * units for inputs, units in pairwise(self.widths))

    @property
    def parameters(self) -> int:
        """Numbers of one member: weights and biases."""
        return self.kernels + sum(self.widths[1:])

    @property
    def flops_per_row(self) -> int:
        """Operations of a row: two a weight forward, four backward; the first layer needs no gradient of its inputs."""
        return 6 * self.kernels - 2 * self.widths[0] * self.widths[1]

    @property
    def flops(self) -> int:
        """Floating-point operations of the whole stack."""
        return self.members * self.batch * self.flops_per_row

    @property
    def bytes(self) -> int:
        """Bytes that Adam and the activations read and write."""
        weights = ADAM_NUMBERS * self.parameters * self.weight_bytes
        return self.members * (weights + PASSES * self.batch * sum(self.widths) * self.activation_bytes)

    @property
    def launches(self) -> int:
        """Calls if everything elementwise is fused: a product for each layer, two for its backward (the first: one),
        the loss with its gradient, the optimizer."""
        layers = len(self.widths) - 1
        return layers + (2 * layers - 1) + 2

    def floor_seconds(self, flops: float, bandwidth: float, call_seconds: float) -> float:
        """`max(flops / peak, bytes / bandwidth) + launches * call`: no step is faster on a machine of these peaks."""
        return max(self.flops / flops, self.bytes / bandwidth) + self.launches * call_seconds


PRECISIONS = ("64", "32", "tf32", "bf16")
"""As `training.precision`."""
_BYTES = {"64": (8, 8), "bf16": (4, 2)}


def large_step(device: str, precision: str = "32") -> Step:
    """The step of a large net that is timed on a GPU; on the CPU, where it is only rehearsed, of a smaller one."""
    widths, batch = ((28, 512, 512, 512, 1), 8192) if device == "gpu" else ((28, 64, 64, 64, 1), 512)
    return Step(widths, 1, batch, *_BYTES.get(precision, (4, 4)))
