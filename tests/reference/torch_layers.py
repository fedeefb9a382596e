"""A net of each layer that has weights, in torch; `keras_layers.py` has the same nets, with channels last."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

COLUMNS = 30


class Net(nn.Module):
    """`function(net, inputs)` with the `layers` of a net, by name."""

    def __init__(self, function: Callable[["Net", Tensor], Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(self, inputs)


def rows_of(maps: Tensor) -> Tensor:
    """`(batch, channels, ...)` as Keras flattens it: channels last."""
    return maps.movedim(1, -1).flatten(1)


def words_of(inputs: Tensor) -> Tensor:
    """The first four columns as indices of five words."""
    return (inputs[:, :4].abs() * 3).long().clamp(0, 4)


def steps_of(inputs: Tensor) -> Tensor:
    """The columns as five steps with six channels."""
    return inputs.reshape(-1, 5, 6)


def image(net, x):
    return net.output(rows_of(net.b(net.a(x.reshape(-1, 1, 5, 6)).relu()).tanh()))


def in_groups(net, x):
    return net.output(rows_of(net.a(steps_of(x).mT).tanh()))


def normalised(net, x):
    return net.output(rows_of(net.norm(net.a(steps_of(x).mT)).tanh()))


def attention(net, x):
    tokens = steps_of(x)
    chances = (net.a(tokens) @ net.b(tokens).mT / 2.0).softmax(-1)
    return net.output((chances @ net.c(tokens)).flatten(1))


def recurrence(net, x):
    hidden = x.new_zeros(len(x), 4)
    for step in steps_of(x).unbind(1):
        hidden = (net.a(step) + net.b(hidden)).tanh()
    return net.output(hidden)


def everything(net, x):
    maps = net.pool(net.group(net.conv(x.reshape(-1, 1, 5, 6))).relu())
    words = net.sequence(net.words(words_of(x)).mT).tanh()
    return net.output(net.root(torch.cat([rows_of(maps), rows_of(words)], 1)))


NETS: dict[str, Callable[[], nn.Module]] = {
    "Conv1d": lambda: Net(
        lambda net, x: net.output(rows_of(net.a(steps_of(x).mT).relu())),
        a=nn.Conv1d(6, 4, 3, padding="same", dilation=2),
        output=nn.Linear(20, 2),
    ),
    "Conv2d": lambda: Net(
        image, a=nn.Conv2d(1, 4, (3, 1), padding="same"), b=nn.Conv2d(4, 3, 2, stride=2), output=nn.Linear(18, 2)
    ),
    "Conv2d, dilated, without bias": lambda: Net(
        image, a=nn.Conv2d(1, 4, 2, bias=False), b=nn.Conv2d(4, 3, 2, dilation=(1, 2)), output=nn.Linear(27, 2)
    ),
    "Conv1d in groups": lambda: Net(in_groups, a=nn.Conv1d(6, 4, 2, groups=2), output=nn.Linear(16, 2)),
    "Embedding": lambda: Net(
        lambda net, x: net.output(net.a(words_of(x)).flatten(1)), a=nn.Embedding(5, 3), output=nn.Linear(12, 2)
    ),
    "GroupNorm": lambda: Net(normalised, a=nn.Conv1d(6, 4, 1), norm=nn.GroupNorm(2, 4), output=nn.Linear(20, 2)),
    "RMSNorm": lambda: Net(
        lambda net, x: net.output(net.norm(net.a(x))), a=nn.Linear(COLUMNS, 4), norm=nn.RMSNorm(4, 1e-5),
        output=nn.Linear(4, 2),
    ),
    "attention": lambda: Net(
        attention, a=nn.Linear(6, 4), b=nn.Linear(6, 4), c=nn.Linear(6, 3), output=nn.Linear(15, 2)
    ),
    "recurrence": lambda: Net(recurrence, a=nn.Linear(6, 4), b=nn.Linear(4, 4, bias=False), output=nn.Linear(4, 2)),
    "everything": lambda: build(COLUMNS, 2),
}  # fmt: skip


def build(inputs: int, outputs: int) -> Net:
    """All of them in one."""
    return Net(
        everything,
        conv=nn.Conv2d(1, 4, (1, 3), padding="same"),
        group=nn.GroupNorm(2, 4),
        pool=nn.MaxPool2d(2),
        words=nn.Embedding(5, 6),
        sequence=nn.Conv1d(6, 4, 2, groups=2),
        root=nn.RMSNorm(36, 1e-5),
        output=nn.Linear(36, outputs),
    )
