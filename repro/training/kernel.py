"""The matrix products of one SGD update of one fully connected layer, for a stack of R networks.

A compiled kernel (`kernel.c`) does the work for contiguous float32 tensors on the CPU; torch does it
otherwise, and everywhere if the kernel was not built or the environment says REPRO_KERNEL=torch.
Names and layouts are those of the paper and of torch.nn.Linear:

    x, z   [R, B, fan_in], or [B, fan_in] shared by the R networks: what enters the layer
    W, b   [R, fan_out, fan_in], [R, fan_out]
    s      [R, B, fan_out] = x W^T + b
    delta  [R, B, fan_out] = d cost / d s: a mean over the batch has its 1/B in here
"""

from torch import Tensor


def available() -> bool:
    """Whether the compiled kernel will be used (for the tensors it handles)."""
    return False


def status() -> str:
    """What computes the products, and why, in a few words for provenance."""
    return "torch: no compiled kernel found"


def forward(x: Tensor, W: Tensor, b: Tensor, out: Tensor | None = None, threads: int = 1) -> Tensor:
    """s = x W^T + b: [R, B, fan_out], into `out` if given. ValueError if shapes do not fit."""
    return _forward_torch(x, W, b, out)


def backward(
    delta: Tensor, z: Tensor, W: Tensor, b: Tensor, lr: float | Tensor, need_dz: bool = True, threads: int = 1
) -> Tensor | None:
    """W -= lr delta^T z and b -= lr sum(delta), in place; returns dz = delta W of W before the update.

    `lr` is a float or one per network, [R]. dz is [R, B, fan_in]; without `need_dz`, None and cheaper.
    """
    return _backward_torch(delta, z, W, b, lr, need_dz)


def _forward_torch(x: Tensor, W: Tensor, b: Tensor, out: Tensor | None) -> Tensor:
    s = x @ W.mT + b[:, None]
    return s if out is None else out.copy_(s)


def _backward_torch(
    delta: Tensor, z: Tensor, W: Tensor, b: Tensor, lr: float | Tensor, need_dz: bool
) -> Tensor | None:
    dz = delta @ W if need_dz else None
    step = delta * (lr[:, None, None] if isinstance(lr, Tensor) else lr)
    W.baddbmm_(step.mT, z.expand(len(W), -1, -1), alpha=-1)
    b -= step.sum(1)
    return dz
