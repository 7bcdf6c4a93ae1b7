"""The compiled products against float64 torch, and the torch ones that stand in for them."""

import math
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from repro.training import kernel

compiled = pytest.mark.skipif(not kernel.available(), reason=f"kernel not compiled: {kernel.status()}")
SHAPES = [(16, 1), (37, 9), (1369, 37), (1024, 70), (100, 131)]  # fan_in, fan_out
GUARD = 64


class Problem:
    """One layer and what enters it, each tensor in the middle of a buffer of NaN."""

    def __init__(self, R, B, fan_in, fan_out, shared=False, seed=0):
        self.generator = torch.Generator().manual_seed(seed)
        self.buffers = []
        self.x = self.guarded(B, fan_in) if shared else self.guarded(R, B, fan_in)
        self.W, self.b = self.guarded(R, fan_out, fan_in), self.guarded(R, fan_out)
        self.delta, self.out = self.guarded(R, B, fan_out), self.guarded(R, B, fan_out)
        self.lr = self.guarded(R)

    def guarded(self, *shape):
        n = math.prod(shape)
        buffer = torch.full((n + 2 * GUARD,), torch.nan)
        buffer[GUARD : GUARD + n] = torch.randn(n, generator=self.generator)
        self.buffers.append(buffer)
        return buffer[GUARD : GUARD + n].view(shape)

    def guards_are_intact(self):
        return all(b[:GUARD].isnan().all() and b[-GUARD:].isnan().all() for b in self.buffers)

    def expected(self, lr):
        """s, dz and the updated W and b, in float64."""
        x, W, b, delta = (t.double() for t in (self.x, self.W, self.b, self.delta))
        rate = torch.as_tensor(lr).double().expand(len(W))
        s = torch.einsum("rbk,rnk->rbn", x.expand(len(W), -1, -1), W) + b[:, None]
        dz = torch.einsum("rbn,rnk->rbk", delta, W)
        dW = torch.einsum("rbn,rbk->rnk", delta, x.expand(len(W), -1, -1))
        return s, dz, W - rate[:, None, None] * dW, b - rate[:, None] * delta.sum(1)

    def backward(self, lr, **options):
        return kernel.backward(self.delta, self.x, self.W, self.b, lr, **options)

    def results(self, threads=1):
        """s, dz, W and b after one step; the problem is used up."""
        s = kernel.forward(self.x, self.W, self.b, threads=threads)
        return s, self.backward(self.lr, threads=threads), self.W, self.b


def assert_close(actual, expected):
    """To rounding, on the scale of the whole tensor: the sums of single elements may cancel."""
    scale = max(1, expected.abs().max().item())
    torch.testing.assert_close(actual.double(), expected, rtol=0, atol=2e-6 * scale)


@compiled
@pytest.mark.parametrize(("fan_in", "fan_out"), SHAPES)
@pytest.mark.parametrize("B", [1, 3, 10, 16, 33, 64])
@pytest.mark.parametrize(("R", "shared"), [(1, False), (3, False), (3, True)])
def test_compiled_equals_float64(R, shared, B, fan_in, fan_out):
    p = Problem(R, B, fan_in, fan_out, shared)
    s, dz, W, b = p.expected(p.lr)
    x, delta = p.x.clone(), p.delta.clone()
    assert kernel.forward(p.x, p.W, p.b, out=p.out) is p.out
    assert_close(p.out, s)
    assert_close(p.backward(p.lr), dz)
    assert_close(p.W, W)
    assert_close(p.b, b)
    assert torch.equal(p.x, x) and torch.equal(p.delta, delta)
    assert p.guards_are_intact()


@compiled
@pytest.mark.parametrize("B", [10, 7])
def test_update_without_dz_is_the_same_update(B):
    with_dz, without = Problem(1, B, 45, 70), Problem(1, B, 45, 70)
    with_dz.backward(0.5)
    assert without.backward(0.5, need_dz=False) is None
    assert torch.equal(with_dz.W, without.W) and torch.equal(with_dz.b, without.b)
    assert without.guards_are_intact()


@compiled
@pytest.mark.parametrize("B", [10, 16])
@pytest.mark.parametrize("R", [1, 3])
def test_threads_and_repetition_change_no_bit(R, B):
    first = Problem(R, B, 1000, 130).results()
    for threads in (1, 2, 3, 7):
        problem = Problem(R, B, 1000, 130)
        again = problem.results(threads)
        assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
        assert problem.guards_are_intact()


@compiled
def test_each_network_of_a_stack_is_computed_as_if_alone():
    stack = Problem(3, 10, 50, 20)
    parts = [[t[r : r + 1].clone() for t in (stack.x, stack.W, stack.b, stack.delta)] for r in range(3)]
    rates = stack.lr.tolist()
    s, dz, W, b = stack.results()
    for r, (x, W_r, b_r, delta) in enumerate(parts):
        assert torch.equal(kernel.forward(x, W_r, b_r)[0], s[r])
        assert torch.equal(kernel.backward(delta, x, W_r, b_r, rates[r])[0], dz[r])  # type: ignore[index]
        assert torch.equal(W_r[0], W[r]) and torch.equal(b_r[0], b[r])


@compiled
def test_a_diverged_neuron_stays_alone():
    p = Problem(1, 10, 37, 9)
    p.W[0, 4] = torch.inf
    assert kernel.forward(p.x, p.W, p.b)[0].isfinite().all(0).tolist() == [n != 4 for n in range(9)]


@compiled
def test_loading_it_leaves_denormals_alone():
    assert torch.tensor(1e-40).mul(0.5) > 0


def test_status_says_what_computes():
    assert kernel.status().startswith("compiled (" if kernel.available() else "torch: ")


@pytest.mark.parametrize(
    ("R", "B", "fan_in", "dtype"),
    [(2, 10, 37, torch.float64), (1, 65, 37, torch.float32), (1, 10, 9, torch.float32)],
)
def test_what_the_kernel_does_not_handle_goes_to_torch(R, B, fan_in, dtype):
    p = Problem(R, B, fan_in, 9)
    s, dz, W, b = p.expected(0.1)
    x, W_, b_, delta = (t.to(dtype) for t in (p.x, p.W, p.b, p.delta))
    assert_close(kernel.forward(x, W_, b_, out=p.out.to(dtype)), s)
    assert_close(kernel.backward(delta, x, W_, b_, 0.1), dz)
    assert_close(W_, W)
    assert_close(b_, b)


def test_strides_are_respected():
    p = Problem(2, 10, 40, 9)
    s, dz, W, _ = p.expected(p.lr)
    x, delta, W_ = (t.mT.contiguous().mT for t in (p.x, p.delta, p.W))
    assert_close(kernel.forward(x, W_, p.b), s)
    assert_close(kernel.backward(delta, x, W_, p.b, p.lr), dz)
    assert_close(W_, W)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("lr", [0.1, torch.tensor([0.1, 0.2, 0.3])])
def test_torch_path_equals_float64(monkeypatch, shared, lr):
    monkeypatch.setattr(kernel, "_library", None)
    p = Problem(3, 10, 37, 9, shared)
    s, dz, W, b = p.expected(lr)
    assert_close(kernel.forward(p.x, p.W, p.b, out=p.out), s)
    assert_close(p.out, s)
    assert_close(p.backward(lr), dz)
    assert_close(p.W, W)
    assert_close(p.b, b)
    assert not kernel.available()


@pytest.mark.parametrize(
    "change",
    [
        {"x": (2, 10, 36)},
        {"x": (10, 38)},
        {"x": (1, 10, 37)},
        {"x": (37,)},
        {"W": (9, 37)},
        {"b": (9,)},
        {"b": (2, 8)},
        {"s": (2, 10, 8)},
        {"s": (2, 9, 9)},
        {"s": (10, 9)},
        {"threads": 0},
    ],
    ids=str,
)
def test_shapes_that_do_not_fit_are_refused(change):
    shapes = {"x": (2, 10, 37), "W": (2, 9, 37), "b": (2, 9), "s": (2, 10, 9), "threads": 1} | change
    threads = shapes.pop("threads")
    x, W, b, s = (torch.zeros(shape) for shape in shapes.values())
    with pytest.raises(ValueError):
        kernel.forward(x, W, b, out=s, threads=threads)
    with pytest.raises(ValueError):
        kernel.backward(s, x, W, b, 0.1, threads=threads)


def test_one_rate_per_network():
    p = Problem(2, 10, 37, 9)
    with pytest.raises(ValueError, match=r"lr \[3\]"):
        p.backward(torch.ones(3))


def test_environment_switches_it_off(monkeypatch):
    monkeypatch.setenv("REPRO_KERNEL", "torch")
    assert kernel._load() == (None, "torch: REPRO_KERNEL=torch")
    monkeypatch.setenv("REPRO_KERNEL", "off")
    with pytest.raises(ValueError, match="REPRO_KERNEL=off"):
        kernel._load()


def test_missing_or_broken_library_means_torch(monkeypatch, tmp_path):
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "kernel.py"))
    assert kernel._load() == (None, "torch: no compiled kernel found")
    (tmp_path / "_kernel.so").write_bytes(b"not a library")
    library, status = kernel._load()
    assert library is None and status.startswith("torch: the compiled kernel does not load")


@compiled
def test_library_of_another_version_means_torch(monkeypatch):
    monkeypatch.setattr(kernel, "_VERSION", -1)
    assert kernel._load() == (None, "torch: the compiled kernel is of another version, install again")


@pytest.mark.skipif(platform.machine() != "x86_64" or not shutil.which("cc"), reason="needs cc on x86-64")
def test_library_for_another_cpu_means_torch(monkeypatch, tmp_path):
    """Compiled for AMD's FMA4, which only some CPUs around 2012 had."""
    source = Path(kernel.__file__).with_name("kernel.c")
    options = ["-O0", "-mfma4", "-mavx2", "-mfma", "-w", "-fopenmp", "-fPIC", "-shared"]
    subprocess.run(["cc", *options, source, "-o", tmp_path / "_kernel.so"], check=True)
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "kernel.py"))
    assert kernel._load() == (None, "torch: the compiled kernel needs fma4, install again on this machine")


@compiled
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries are no ELF files here")
def test_a_library_that_was_cut_off_means_torch(monkeypatch, tmp_path):
    """At any length: to load it, as `ctypes` would, kills the process (bus error)."""
    (built,) = Path(kernel.__file__).parent.glob("_kernel*.so")
    content = built.read_bytes()
    monkeypatch.delenv("REPRO_KERNEL", raising=False)
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "kernel.py"))
    for length in (len(content) - 1, len(content) // 2, 5000, 64, 20):
        (tmp_path / "_kernel.so").write_bytes(content[:length])
        assert kernel._load() == (None, "torch: the compiled kernel is damaged, install again")
    (tmp_path / "_kernel.so").write_bytes(content)
    assert kernel._load()[0] is not None
