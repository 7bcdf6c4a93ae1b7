"""The matrix products of one SGD update of one fully connected layer, for a stack of R networks.

A compiled kernel (`kernel.c`, built at installation where there is a compiler) does the work for
contiguous float32 tensors on the CPU with at most 64 examples; torch does it otherwise, and everywhere
where the kernel was not built or the environment says REPRO_KERNEL=torch. No gradient is recorded.

    x, z   [R, B, fan_in], or [B, fan_in] shared by the R networks: what enters the layer
    W, b   [R, fan_out, fan_in], [R, fan_out], as in torch.nn.Linear
    s      [R, B, fan_out] = x W^T + b
    delta  [R, B, fan_out] = d cost / d s; if the cost is a mean over the batch, its 1/B is in here

The compiled kernel's results are bit-identical for any number of `threads`; torch's products ignore
`threads` and follow torch.set_num_threads.
"""

import ctypes
import os
import struct
from pathlib import Path

import torch
from torch import Tensor

_VERSION = 3  # of the signatures, as in kernel.c
MAX_BATCH, MIN_FAN_IN = 64, 16  # beyond these, torch


def _load() -> tuple[ctypes.CDLL | None, str]:
    """The compiled kernel, or None, and the status text."""
    choice = os.environ.get("REPRO_KERNEL", "")
    if choice not in ("", "torch"):
        raise ValueError(f"REPRO_KERNEL={choice}: must be 'torch', or not set")
    if choice == "torch":
        return None, "torch: REPRO_KERNEL=torch"
    built = sorted(Path(__file__).parent.glob("_kernel*.so"), key=lambda path: path.stat().st_mtime)
    if not built:
        return None, "torch: no compiled kernel found"
    if _cut_off(built[-1]):
        return None, "torch: the compiled kernel is damaged, install again"
    try:
        library = ctypes.CDLL(str(built[-1]))  # after torch: both then share one OpenMP runtime
        version = ctypes.c_int.in_dll(library, "version").value
        instructions = (ctypes.c_char_p.in_dll(library, "instructions").value or b"").decode()
    except (OSError, ValueError) as error:
        return None, f"torch: the compiled kernel does not load ({error})"
    if version != _VERSION:
        return None, "torch: the compiled kernel is of another version, install again"
    library.missing.restype = ctypes.c_char_p
    if lacking := library.missing():
        return None, f"torch: the compiled kernel needs {lacking.decode()}, install again on this machine"
    pointer, length = ctypes.c_void_p, ctypes.c_ssize_t
    sizes = [length, length, length, length, ctypes.c_int]  # R, B, fan_in, fan_out, threads
    library.forward.argtypes = [pointer, length, pointer, pointer, pointer, *sizes]
    library.backward.argtypes = [pointer, pointer, length, *[pointer] * 4, length, *sizes]
    library.backward.restype = None
    library.updates.argtypes = [pointer]
    return library, f"compiled ({instructions.lower()})"


def _cut_off(path: Path) -> bool:
    """Whether an ELF file lacks its end, as a broken-off copy does: to load it would be a bus error.

    Its very last part is the table of sections, whose place and size the header tells.
    """
    content = path.read_bytes()
    if content[:6] != b"\x7fELF\2\1":  # 64 bits, little-endian
        return False
    if len(content) < 64:
        return True
    (start,), (size, count) = struct.unpack_from("<Q", content, 40), struct.unpack_from("<HH", content, 58)
    return len(content) < start + size * count


_library, _status = _load()


def available() -> bool:
    """Whether the compiled kernel does the products, of tensors that it handles."""
    return _library is not None


def library() -> ctypes.CDLL | None:
    """The compiled kernel, for `blocks`."""
    return _library


def handles(batch: int, fan_in: int) -> bool:
    """Whether the compiled kernel does the products of such a layer, then for a stack as for one network."""
    return available() and 0 < batch <= MAX_BATCH and fan_in >= MIN_FAN_IN


def status() -> str:
    """What does the products, and why: "compiled (avx512)", or "torch: no compiled kernel found"."""
    return _status


def forward(x: Tensor, W: Tensor, b: Tensor, out: Tensor | None = None, threads: int = 1) -> Tensor:
    """s = x W^T + b, [R, B, fan_out], written to `out` if given. ValueError if the shapes do not fit."""
    R, B, fan_in, fan_out = _sizes(x, W, b, out, threads)
    compiled = _library_for(x, W, b, out) if 0 < B <= MAX_BATCH and fan_in >= MIN_FAN_IN else None
    if compiled is None:
        return _forward_torch(x, W, b, out)
    s = W.new_empty(R, B, fan_out) if out is None else out
    stride = B * fan_in if x.ndim == 3 else 0
    pointers = x.data_ptr(), stride, W.data_ptr(), b.data_ptr(), s.data_ptr()
    if compiled.forward(*pointers, R, B, fan_in, fan_out, threads):
        raise MemoryError("forward: no room for a copy of x")
    return s


def backward(
    delta: Tensor, z: Tensor, W: Tensor, b: Tensor, lr: float | Tensor, need_dz: bool = True, threads: int = 1
) -> Tensor | None:
    """W -= lr delta^T z and b -= lr sum(delta), in place; returns dz = delta W, of the W before the update.

    `lr` is a float, or a tensor [R], one rate per network. dz is [R, B, fan_in], also where z is shared;
    without `need_dz` it is None, and the work half. ValueError if the shapes do not fit.
    """
    R, B, fan_in, fan_out = _sizes(z, W, b, delta, threads)
    if isinstance(lr, Tensor):
        if lr.shape != (R,):
            raise ValueError(f"lr {list(lr.shape)}: must be a float or [{R}]")
        lr = lr.to(W).contiguous()
    compiled = _library_for(delta, z, W, b) if 0 < B <= MAX_BATCH else None
    if compiled is None:
        return _backward_torch(delta, z, W, b, lr, need_dz)
    dz = W.new_empty(R, B, fan_in) if need_dz else None
    arguments = (
        delta.data_ptr(),
        z.data_ptr(),
        B * fan_in if z.ndim == 3 else 0,
        W.data_ptr(),
        b.data_ptr(),
        None if dz is None else dz.data_ptr(),
        lr.data_ptr() if isinstance(lr, Tensor) else ctypes.byref(ctypes.c_float(lr)),
        1 if isinstance(lr, Tensor) else 0,
    )
    compiled.backward(*arguments, R, B, fan_in, fan_out, threads)
    return dz


def _sizes(x: Tensor, W: Tensor, b: Tensor, s: Tensor | None, threads: int) -> tuple[int, int, int, int]:
    """R, B, fan_in, fan_out. The compiled kernel trusts them: a tensor that does not fit must not pass."""
    R, fan_out, fan_in = W.shape
    B = x.shape[-2] if x.ndim > 1 else 0
    if (
        (x.shape != (R, B, fan_in) and x.shape != (B, fan_in))
        or b.shape != (R, fan_out)
        or (s is not None and s.shape != (R, B, fan_out))
    ):
        shapes = [list(t.shape) for t in (x, W, b, s) if t is not None]
        raise ValueError(f"x or z, W, b, out or delta do not fit each other: {shapes}")
    if threads < 1:
        raise ValueError(f"threads={threads}: must be at least 1")
    return R, B, fan_in, fan_out


def _library_for(*tensors: Tensor | None) -> ctypes.CDLL | None:
    for t in tensors:
        if t is not None and not (t.dtype is torch.float32 and t.is_cpu and t.is_contiguous()):
            return None
    return _library


@torch.no_grad()
def _forward_torch(x: Tensor, W: Tensor, b: Tensor, out: Tensor | None) -> Tensor:
    return torch.baddbmm(b[:, None], x.expand(len(W), -1, -1), W.mT, out=out)


@torch.no_grad()
def _backward_torch(
    delta: Tensor, z: Tensor, W: Tensor, b: Tensor, lr: float | Tensor, need_dz: bool
) -> Tensor | None:
    dz = delta @ W if need_dz else None
    step = delta * (lr[:, None, None] if isinstance(lr, Tensor) else lr)  # [R, B, fan_out]
    W.baddbmm_(step.mT, z.expand(len(W), -1, -1), alpha=-1)
    b -= step.sum(1)
    return dz
