"""A whole block of the paper's SGD updates in one call of the compiled kernel (`block.c`).

The results are those of `FusedSGD.update`, bit for bit. For that the kernel calls the functions that torch
itself calls for tanh, exp and so on, found in torch's library, and every activation and cost is tried beside
torch's before its first use: one that differs in a bit, or that the kernel doesn't know, is left to `fused`.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from repro.network.activations import Activation
from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.training import kernel

_ACTIVATIONS = (
    "sigmoid", "tanh", "softsign", "relu", "leaky_relu", "elu", "gelu", "softplus", "hard_tanh",
)  # fmt: skip
_COSTS = ("nll", "quadratic")  # both in the order of block.c
_FUNCTIONS = (
    "vmsTanh", "vmsExp", "vmsErf", "Sleef_expf{}_u10", "Sleef_expm1f{}_u10", "Sleef_log1pf{}_u10",
)  # fmt: skip
"""Of MKL and SLEEF (for so many lanes), as torch calls them: in the order of `struct functions`."""


class _Block(ctypes.Structure):
    """`struct block` of block.c, where it is explained."""

    _fields_ = [
        *((name, ctypes.c_ssize_t) for name in ["depth", "R", "B", "n", "threads", "cost"]),
        *(
            (name, ctypes.c_void_p)
            for name in ["sizes", "W", "b", "lr", "activation", "option", "x", "y", "s"]
        ),
    ]


def updates(stack: Stack, lr: Tensor, x: Tensor, y: Tensor, threads: int = 1) -> Tensor | None:
    """See `engine.Engine.updates`, with rates lr [depth + 1, R]. None, and nothing done, where it can't be.

    Raises ValueError if shapes don't fit or a label is none of the classes.
    """
    n, B, _ = x.shape
    sizes, R = [x.shape[2], *(W.shape[1] for W in stack.W)], len(stack)
    library = _library()
    if library is None or not (0 < B <= kernel.MAX_BATCH and min(sizes[:-1]) >= kernel.MIN_FAN_IN):
        return None
    floats = [*stack.W, *stack.b, lr, x]
    if not all(t.dtype is torch.float32 and t.is_cpu and t.is_contiguous() for t in floats):
        return None
    kinds = [_kind(activation) for activation in stack.activations]
    if not (y.is_contiguous() and None not in kinds and _same_cost(stack.cost, sizes[-1])):
        return None
    _check(stack, sizes, lr, y, n, B, threads)
    s = x.new_empty(R, n, B, sizes[-1])
    pointers = ctypes.c_void_p * len(stack.W)
    arrays = (
        (ctypes.c_ssize_t * len(sizes))(*sizes),
        pointers(*(W.data_ptr() for W in stack.W)),
        pointers(*(b.data_ptr() for b in stack.b)),
        (ctypes.c_int32 * R)(*(kind for kind, _ in kinds)),  # type: ignore[misc]
        (ctypes.c_float * R)(*(option for _, option in kinds)),  # type: ignore[misc]
    )
    at = [ctypes.addressof(array) for array in arrays]
    block = _Block(
        stack.depth, R, B, n, threads, _COSTS.index(stack.cost),
        *at[:3], lr.data_ptr(), *at[3:], x.data_ptr(), y.data_ptr(), s.data_ptr(),
    )  # fmt: skip
    if library.updates(ctypes.byref(block)):
        raise MemoryError("updates: no room for a mini-batch's activations")
    return s


def available() -> bool:
    """Whether blocks of updates can be made, of stacks that `updates` takes."""
    return _library() is not None


def _check(stack: Stack, sizes: list[int], lr: Tensor, y: Tensor, n: int, B: int, threads: int) -> None:
    """The kernel trusts what it is given."""
    R, pairs = len(stack), zip(sizes[1:], sizes, strict=False)
    W, b = [(R, *pair) for pair in pairs], [(R, size) for size in sizes[1:]]
    fits = [w.shape for w in stack.W] == W and [v.shape for v in stack.b] == b
    if not (fits and lr.shape == (len(W), R) and y.shape == (n, B) and y.dtype is torch.int64):
        shapes = [list(t.shape) for t in (y, lr, *stack.W, *stack.b)]
        raise ValueError(f"x {[n, B, sizes[0]]} and y, lr, W, b do not fit each other: {shapes}")
    if n and not 0 <= int(y.min()) <= int(y.max()) < sizes[-1]:
        raise ValueError(f"y: labels must be 0 to {sizes[-1] - 1}")
    if threads < 1:
        raise ValueError(f"threads={threads}: must be at least 1")


@functools.cache
def _library_of(library: ctypes.CDLL) -> ctypes.CDLL | None:
    """The compiled kernel with torch's functions filled in; None if this torch doesn't have them all."""
    lanes = ctypes.c_int.in_dll(library, "lanes").value
    try:
        with_torch = ctypes.CDLL(str(next((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"))))
        found = [getattr(with_torch, name.format(lanes)) for name in _FUNCTIONS]
    except (StopIteration, OSError, AttributeError):
        return None
    table = (ctypes.c_void_p * len(found)).in_dll(library, "functions")
    for i, function in enumerate(found):
        table[i] = ctypes.cast(function, ctypes.c_void_p).value
    pointer, length, option = ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_float
    library.try_activation.argtypes = [ctypes.c_int, option, length, pointer, pointer, pointer, pointer]
    library.try_cost.argtypes = [length, length, length, pointer, pointer, pointer]
    return library


def _library() -> ctypes.CDLL | None:
    library = kernel.library()
    return None if library is None else _library_of(library)


@functools.cache
def _kind(activation: Activation) -> tuple[int, float] | None:
    """Number and option of an activation in block.c, if it gives there the bits that it gives here."""
    name = type(activation).__module__.rpartition(".")[2]
    options = list(vars(activation).values())
    library = _library()
    if library is None or name not in _ACTIVATIONS or len(options) > 1:
        return None
    kind, option = _ACTIVATIONS.index(name), float(options[0]) if options else 0.0
    s = _numbers(2001)
    z, slope, spare = torch.empty_like(s), torch.empty_like(s), torch.empty(2, len(s))
    pointers = [t.data_ptr() for t in (s, z, slope, spare)]
    library.try_activation(kind, option, len(s), *pointers)
    with torch.no_grad():
        expected = activation.f(s)
        same = _same_bits([z, slope], [expected, activation.slope(s, expected)])
    return (kind, option) if same else None


@functools.cache
def _same_cost(cost: str, C: int) -> bool:
    """Whether block.c's gradient of the cost has the bits of `COSTS`."""
    library = _library()
    if library is None or cost not in _COSTS:
        return False
    B, s = 10, _numbers(200 * C).view(20, 10, C)
    y = torch.arange(B) % C
    for outputs in s:
        found = torch.empty_like(outputs)
        pointers = [t.data_ptr() for t in (outputs, y, found)]
        library.try_cost(_COSTS.index(cost), B, C, *pointers)
        if not _same_bits([found], [COSTS[cost].gradient(outputs, one_hot(y, outputs)) / B]):
            return False
    return True


def _numbers(n: int) -> Tensor:
    """Special ones, and those of all magnitudes that matter."""
    generator = torch.Generator().manual_seed(0)
    special = [0.0, -0.0, 1.0, -1.0, torch.inf, -torch.inf, torch.nan, 1e-40, -1e-40, 3e38]
    size = torch.logspace(-4, 2, n - len(special))
    normal = torch.randn(n - len(special), generator=generator)
    return torch.cat([torch.tensor(special), (normal * size)[torch.randperm(len(size), generator=generator)]])


def _same_bits(found: Sequence[Tensor], expected: Sequence[Tensor]) -> bool:
    """Two NaN are the same whatever their bits."""
    for a, b in zip(found, expected, strict=True):
        if not ((a.view(torch.int32) == b.view(torch.int32)) | (a.isnan() & b.isnan())).all():
            return False
    return True
