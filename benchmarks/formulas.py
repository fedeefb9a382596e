"""What a step of a stack of multilayer perceptrons has to do at least: arithmetic, bytes, launches."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Reads of a weight, its gradient and two moments, writes of the weight and the moments: 7 float32 numbers.
ADAM_BYTES = 28
# Passes over the activations when each layer is fused: written and read forward, and once more backward.
PASSES = 4


@dataclass(frozen=True)
class Step:
    """One step of `members` networks with layers of `widths`, each on its own batch of `batch` rows, in float32."""

    widths: Sequence[int]
    members: int
    batch: int

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
        """Two a weight forward, four backward; the first layer needs no gradient of its inputs."""
        return 6 * self.kernels - 2 * self.widths[0] * self.widths[1]

    @property
    def flops(self) -> int:
        """Of the whole stack."""
        return self.members * self.batch * self.flops_per_row

    @property
    def bytes(self) -> int:
        """What Adam moves, and the activations."""
        return self.members * (ADAM_BYTES * self.parameters + PASSES * self.batch * sum(self.widths) * 4)

    @property
    def launches(self) -> int:
        """Calls if everything elementwise is fused: a product for each layer, two for its backward (the first: one),
        the loss with its gradient, the optimizer."""
        layers = len(self.widths) - 1
        return layers + (2 * layers - 1) + 2

    def floor_seconds(self, flops: float, bandwidth: float, call_seconds: float) -> float:
        """`max(flops / peak, bytes / bandwidth) + launches * call`: no step is faster on a machine of these peaks."""
        return max(self.flops / flops, self.bytes / bandwidth) + self.launches * call_seconds
