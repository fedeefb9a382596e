"""Small nets, each with an operation that a replay could get wrong: views, copies, constants, writes, indices."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_steps import COLUMNS

from lightning_mods.layers import KeyedDropout

WIDTH = 6


class Net(nn.Module):
    """`function(net, inputs)` with a hidden layer `a`, a square one `c`, an output layer `b` and an embedding `e`."""

    def __init__(self, function: Callable[["Net", Tensor], Tensor], outputs: int = WIDTH) -> None:
        super().__init__()
        self.function = function
        self.a, self.c, self.b = nn.Linear(COLUMNS, WIDTH), nn.Linear(COLUMNS, COLUMNS), nn.Linear(outputs, 1)
        self.e, self.dropout, self.norm = nn.Embedding(4, WIDTH), KeyedDropout(0.3), nn.LayerNorm(WIDTH)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(self, inputs)


def branches(net, x):
    left, right = net.norm(net.a(x)).split([2, 4], dim=-1)
    return net.b(net.dropout(torch.cat([right, left, x.flip(-1).max(-1, keepdim=True).values * x], dim=-1)))


def filled_by_weights(net, x):
    hidden, place = net.a(x), x.new_zeros(len(x), WIDTH)
    place[:, :3] = hidden[:, 3:]
    return net.b(place * 2)


def view_of_what_is_written(net, x):
    twice = x * 2
    view = twice[:, :2]
    twice.add_(net.c(x))
    return net.b(torch.cat([view, twice], -1))


def constant_in_place(net, x):
    ramp = torch.arange(COLUMNS, dtype=x.dtype)
    ramp /= COLUMNS
    ramp += 1
    return net.b(x * ramp)


def constant_in_place_after_weights(net, x):
    return net.b(net.a(x) * torch.linspace(0, 1, WIDTH, dtype=x.dtype).mul_(2))


def copy_in_place(net, x):
    hidden = net.a(x)
    return net.b(hidden + hidden.to(hidden.dtype, copy=True).mul_(3))


def written_across(net, x):
    hidden = (net.a(x).T.contiguous().T) + 1.0
    moved = hidden * 1.5
    moved[:, :3] = moved[:, 3:] * 2
    return net.b(moved.sin())


def masked_attention(net, x):
    tokens = x[:, None, :, None] * net.c.bias
    mask = torch.where(x[:, None, None, :] > 0, 0.0, -5.0).to(x.dtype).expand(len(x), 1, COLUMNS, COLUMNS)
    return net.b(F.scaled_dot_product_attention(tokens, tokens, tokens, attn_mask=mask).mean((1, 2)))


def square_and_its_transpose(net, x):
    hidden = net.a(x)[:, :4]
    square = (hidden.T @ hidden).tanh() + torch.arange(4.0)
    return net.b(hidden @ (square + square.T))


def written_twice_through_views(net, x):
    hidden = net.a(x) * 1.5
    left = hidden[:, :3]
    left += 1
    left *= 2
    hidden.detach().mul_(3)
    return net.b(torch.cat([left, hidden[:, 3:]], -1))


def inputs_written_and_read(net, x):
    x[:, 0] = 1
    x += 1
    return net.b(net.a(x.sin()))


def another_type_of_the_same_bits(net, x):
    bits = (x.abs() * 3 + 1).view(torch.int64) * 1
    return net.b(net.a(x)[:, :3] * bits.view(torch.float64)[:, :3])


def places_from_indices(net, x):
    hidden = net.a(x)
    rows, columns = torch.arange(len(x)), x.argmax(1)
    hidden[rows, columns] = hidden[x[:, 0].argsort(), columns] * 2
    return net.b(hidden)


def solved(net, x):
    hidden = net.a(x)
    square = hidden.T @ hidden + 10 * torch.eye(WIDTH, dtype=x.dtype)
    return net.b(torch.linalg.solve(square, hidden.T).T + torch.linalg.cholesky(square)[0])


def shaped_in_place(net, x):
    middle = x.quantile(torch.tensor([0.3, 0.5], dtype=x.dtype), 1).T
    return net.b(net.a(x) * middle.repeat(1, 3)) + (x * 1).unsqueeze_(1).sum(2)


def a_factor_of_one_written(net, x):
    hidden = net.a(x)
    same = torch.ops.aten.mul.Scalar(hidden, 1)
    same[:, :3].add_(5)
    return net.b(same + hidden)


def the_inputs_by_one_written(net, x):
    same = torch.ops.aten.mul.Scalar(x, 1)
    same[:, 0].add_(5)
    return net.b(net.a(x + same))


def a_comparison_used_twice(net, x):
    hidden = net.a(x)
    above = hidden > 0.1
    return net.b(torch.where(above, hidden, -hidden) * above.to(hidden.dtype))


def convolution() -> nn.Module:
    layers = nn.Unflatten(1, (1, COLUMNS)), nn.Conv1d(1, 3, 3, padding=1), nn.MaxPool1d(2), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(6, 1))


def in_place() -> nn.Module:
    first, second = nn.Linear(COLUMNS, WIDTH), nn.Linear(WIDTH, WIDTH)
    return nn.Sequential(first, nn.ReLU(inplace=True), second, nn.SiLU(inplace=True), nn.Linear(WIDTH, 1))


NETS: dict[str, Callable[[], nn.Module]] = {
    "branches": lambda: Net(branches, WIDTH + COLUMNS),
    "activations in place": in_place,
    "convolution and pooling": convolution,
    "no hidden layer": lambda: nn.Linear(COLUMNS, 1),
    "normalised inputs": lambda: nn.Sequential(nn.LayerNorm(COLUMNS), nn.Linear(COLUMNS, 1)),
    "embedding of a column": lambda: Net(lambda net, x: net.b(net.e(x[:, 0].abs().long().clamp(0, 3)))),
    "gather by a column": lambda: Net(lambda net, x: net.b(net.a(x).gather(1, x[:, :1].long().clamp(0, 5))), 1),
    "normalised weights": lambda: Net(lambda net, x: net.b(F.linear(x, F.normalize(net.a.weight, dim=1)))),
    "not element by element": lambda: Net(lambda net, x: net.b(net.a(x).flip(-1).cumsum(-1).softmax(-1).flip(-1))),
    "square and its transpose": lambda: Net(square_and_its_transpose, 4),
    "a residual in place": lambda: Net(lambda net, x: net.b(net.a(x).add_(net.a(x).tanh()))),
    "inputs in place": lambda: Net(lambda net, x: net.b(x.relu_()), COLUMNS),
    "memory that the weights fill": lambda: Net(filled_by_weights),
    "a view of what is written": lambda: Net(view_of_what_is_written, COLUMNS + 2),
    "a constant in place": lambda: Net(constant_in_place, COLUMNS),
    "a constant in place after the weights": lambda: Net(constant_in_place_after_weights),
    "a copy in place": lambda: Net(copy_in_place),
    "a part written over another": lambda: Net(written_across),
    "the first row from all": lambda: Net(lambda net, x: net.b(net.a(x) - net.a(x)[:1])),
    "the first column from all": lambda: Net(lambda net, x: net.b((net.a(x) * 2) - (net.a(x) * 2)[:, :1])),
    "written twice through views": lambda: Net(written_twice_through_views),
    "inputs doubled in place": lambda: Net(lambda net, x: net.b(net.c(x.mul_(2))), COLUMNS),
    "inputs written and read": lambda: Net(inputs_written_and_read),
    "another type of the same bits": lambda: Net(another_type_of_the_same_bits, 3),
    "a spectrum of the inputs": lambda: Net(lambda net, x: net.b(torch.fft.rfft(x).real * net.a(x)[:, :3]), 3),
    "places from indices": lambda: Net(places_from_indices),
    "a system of equations": lambda: Net(solved),
    "a shape changed in place": lambda: Net(shaped_in_place),
    "the value of a constant": lambda: Net(lambda net, x: net.b(net.a(x) * torch.linspace(1, 2, 4)[1].item())),
    "a factor of one, written": lambda: Net(a_factor_of_one_written),
    "the inputs by one, written": lambda: Net(the_inputs_by_one_written),
    "a comparison used twice": lambda: Net(a_comparison_used_twice),
    "a list of one": lambda: Net(lambda net, x: net.b(torch.unsafe_chunk(net.a(x), 1, 1)[0])),
    "attention with a mask of the inputs": lambda: Net(masked_attention, COLUMNS),
}
