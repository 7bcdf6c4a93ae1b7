"""A block of updates in one call against the same updates one by one: the same bits."""

import ctypes
from dataclasses import replace

import pytest
import torch

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.network.activations import Activation
from repro.network.stack import Stack, one_hot
from repro.runs import Run
from repro.training import blocks, kernel
from repro.training import trainer as module
from repro.training.fused import FusedSGD
from repro.training.trainer import train

D, C = 37, 9
compiled = pytest.mark.skipif(not blocks.available(), reason=f"no blocks here: {kernel.status()}")
exact = pytest.mark.skipif(
    not kernel.status().startswith("compiled (avx512"), reason="torch's own operations differ on other CPUs"
)


@pytest.fixture(autouse=True)
def one_thread():
    """As in training."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.set_num_threads(before)


def sgd(experiments, threads=1, lr=None):
    stack = Stack.initialize(experiments, D, C)
    if lr is None:
        lr = torch.linspace(0.02, 0.3, len(stack.W) * len(stack)).view(len(stack.W), len(stack))
    return FusedSGD(stack, lr, threads)


def examples(n, B, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, B, D, generator=generator), torch.randint(C, (n, B), generator=generator)


def one_by_one(sgd, x, y):
    return sgd.block(x, one_hot(y, sgd.stack.b[-1]))


def alone(experiments, x, y):
    """Outputs and parameters of each network of a stack, trained by itself, one update after the other."""
    whole = sgd(experiments).lr
    found = []
    for r, experiment in enumerate(experiments):
        network = sgd([experiment], lr=whole[:, r : r + 1].contiguous())
        outputs = one_by_one(network, x, y)
        found.append([outputs, *network.stack.W, *network.stack.b])
    return [torch.cat(parts) for parts in zip(*found, strict=True)]


@compiled
@exact
@pytest.mark.parametrize("activation", blocks._ACTIVATIONS)
@pytest.mark.parametrize("cost", blocks._COSTS)
@pytest.mark.parametrize("B", [1, 10, 13, 64])
def test_a_block_has_the_bits_of_single_updates(activation, cost, B):
    """Unequal widths, a rate per layer, and a stack's network as if alone."""
    experiments = [
        Experiment(depth=3, width=(50, 16, 33), activation=name, cost=cost, seed=r)
        for r, name in enumerate((activation, "tanh", activation))
    ]
    x, y = examples(5, B)
    network = sgd(experiments)
    outputs = blocks.updates(network.stack, network.lr, x, y)
    assert outputs is not None and outputs.shape == (3, 5, B, C)
    for found, wanted in zip(
        [outputs, *network.stack.W, *network.stack.b], alone(experiments, x, y), strict=True
    ):
        assert torch.equal(found, wanted)
    fresh = sgd(experiments).stack
    assert not any(torch.equal(w, v) for w, v in zip(network.stack.W, fresh.W, strict=True))


@compiled
@pytest.mark.parametrize("activation", blocks._ACTIVATIONS)
def test_fifty_updates_agree_with_float64(activation):
    """Independently of bits: torch in double precision, and a kernel that rounds differently would pass."""
    experiments = [Experiment(depth=2, width=24, activation=activation)]
    x, y = examples(50, 10)
    network = sgd(experiments)
    lr = network.lr.double()
    reference = FusedSGD(Stack.initialize(experiments, D, C, dtype=torch.float64), lr)
    expected = one_by_one(reference, x.double(), y)
    outputs = network.updates(0, x, y)
    torch.testing.assert_close(outputs.double(), expected, rtol=1e-4, atol=1e-5)


@compiled
@pytest.mark.parametrize("width", [20, 1100])
@pytest.mark.parametrize("R", [1, 2, 5])
def test_threads_and_cuts_change_no_bit(R, width):
    """Both ways of sharing work: networks spread over threads, and threads inside one network's update."""
    experiments = [
        Experiment(depth=2, width=width, activation=blocks._ACTIVATIONS[r], seed=r) for r in range(R)
    ]
    x, y = examples(4, 10)
    first = sgd(experiments)
    wanted = first.updates(0, x, y)
    for threads, cuts in ((2, (4,)), (3, (1, 3)), (7, (2, 1, 1))):
        network = sgd(experiments, threads)
        pairs = zip(x.split(cuts), y.split(cuts), strict=True)
        outputs = torch.cat([network.updates(0, *pair) for pair in pairs], dim=1)
        assert torch.equal(outputs, wanted)
        for a, b in zip(network.stack.W + network.stack.b, first.stack.W + first.stack.b, strict=True):
            assert torch.equal(a, b)


@compiled
def test_1100_units_are_enough_for_threads_to_share_an_update():
    """Or the test above would not test that."""
    weights = D * 1100 + 1100 * 1100 + 1100 * C
    source = module.Path(blocks.__file__).with_name("block.c").read_text()
    assert 10 * weights >= int(source.partition("TOGETHER = ")[2].split()[0])


@compiled
def test_nothing_is_written_beside_the_tensors():
    """Weights in the middle of NaN: the last tile of a row must not spill."""
    network = sgd([Experiment(depth=2, width=(18, 35), seed=r) for r in range(2)])
    buffers = []
    for group in (network.stack.W, network.stack.b):
        for i, tensor in enumerate(group):
            buffer = torch.full((tensor.numel() + 64,), torch.nan)
            buffer[32:-32] = tensor.flatten()
            group[i] = buffer[32:-32].view(tensor.shape)
            buffers.append(buffer)
    assert network.updates(0, *examples(3, 7)).isfinite().all()
    for buffer in buffers:
        assert buffer[:32].isnan().all() and buffer[-32:].isnan().all() and buffer[32:-32].isfinite().all()


@compiled
def test_a_diverged_network_stays_alone():
    bad, good = Experiment(depth=1, width=20, seed=1), Experiment(depth=1, width=20)
    lr = torch.tensor([[1e38, 0.1]] * 2)
    x, y = examples(4, 10)
    outputs = sgd([bad, good], lr=lr).updates(0, x, y)
    assert outputs[0, 0].isfinite().all() and not outputs[0, 3].isfinite().all()
    assert torch.equal(outputs[1], sgd([good], lr=lr[:, 1:].contiguous()).updates(0, x, y)[0])


class Cubed(Activation):
    """One that the kernel doesn't know."""

    def f(self, s):
        return s**3

    def slope(self, s, z):
        return 3 * s**2


@pytest.mark.parametrize("why", ["width", "batch", "activation", "double", "kernel", "classes"])
def test_what_it_cannot_do_is_left_to_single_updates(why, monkeypatch):
    width, B = 8 if why == "width" else 20, 65 if why == "batch" else 10
    network = sgd([Experiment(depth=2, width=width)])
    x, y = examples(2, B)
    if why == "activation":
        network.stack.activations = (Cubed(),)
    if why == "double":
        network.stack.W = [w.double() for w in network.stack.W]
    if why == "kernel":
        monkeypatch.setattr(kernel, "_library", None)
    if why == "classes":
        monkeypatch.setattr(blocks, "_same_cost", lambda cost, C: False)
    before = [w.clone() for w in network.stack.W]
    assert blocks.updates(network.stack, network.lr, x, y) is None
    assert all(torch.equal(w, v) for w, v in zip(network.stack.W, before, strict=True))
    if why in ("width", "batch", "kernel", "classes"):
        assert network.updates(0, x, y).shape == (1, 2, B, C)


@compiled
def test_an_activation_that_was_changed_is_not_taken_for_the_kernels():
    """Named and placed like tanh, another function: tried beside torch, found out."""
    changed = type("Tanh", (Activation,), {
        "f": lambda self, s: s.tanh() * 1.0000001, "slope": lambda self, s, z: 1 - z * z,
        "__module__": "repro.network.activations.tanh",
    })  # fmt: skip
    assert blocks._kind(Experiment(activation="tanh").activation.make()) is not None
    assert blocks._kind(changed()) is None


@compiled
def test_torch_without_the_functions_means_single_updates(monkeypatch):
    monkeypatch.setattr(blocks, "_FUNCTIONS", ("vmsNothing",))
    assert blocks._library_of.__wrapped__(kernel.library()) is None


@compiled
@pytest.mark.parametrize(
    "change", [{"y": -1}, {"y": C}, {"threads": 0}, {"lr": 2}, {"b": 1}, {"W": 1}, {"labels": 1}], ids=str
)
def test_what_does_not_fit_is_refused(change):
    network = sgd([Experiment(depth=1, width=20)])
    x, y = examples(2, 10)
    stack, lr = network.stack, network.lr
    if "y" in change:
        y[1, 3] = change["y"]
    if "lr" in change:
        lr = torch.ones(2, 2)
    if "b" in change:
        stack.b[0] = torch.zeros(1, 19)
    if "W" in change:
        stack.W[1] = torch.zeros(1, C, 21)
    if "labels" in change:
        y = y[:1]
    with pytest.raises(ValueError):
        blocks.updates(stack, lr, x, y, change.get("threads", 1))


@compiled
def test_no_memory_is_an_error_and_changes_nothing(monkeypatch):
    class NoRoom:
        updates = staticmethod(lambda block: 1)

    monkeypatch.setattr(blocks, "_library", lambda: NoRoom)
    monkeypatch.setattr(blocks, "_kind", lambda activation: (1, 0.0))
    monkeypatch.setattr(blocks, "_same_cost", lambda cost, C: True)
    network = sgd([Experiment(depth=1, width=20)])
    with pytest.raises(MemoryError):
        network.updates(0, *examples(2, 10))


def test_the_structure_has_the_fields_of_the_c_file():
    source = module.Path(blocks.__file__).with_name("block.c").read_text()
    body = source.partition("struct block {")[2].partition("};")[0]
    lines = [line.partition(";")[0] for line in body.splitlines() if ";" in line]
    names = [word.strip("*, ") for line in lines for word in line.split() if word.strip("*, ").isidentifier()]
    types = {"len", "const", "float", "int32_t", "int64_t"}
    assert [name for name in names if name not in types] == [name for name, _ in blocks._Block._fields_]
    assert ctypes.sizeof(blocks._Block) == 8 * len(blocks._Block._fields_)


@compiled
@exact
def test_whole_runs_are_the_same_with_and_without_blocks(tmp_path, monkeypatch):
    """Killed and resumed, measured often or seldom: weights and tables to the last bit."""
    monitor = Monitor(examples=20, batch=10, every=100, jacobian_examples=0)
    settings = {"depth": 2, "width": 20, "lr": 0.1, "n_valid": 40, "n_test": 40, "curve_every": 100}
    experiment = Experiment(updates=220, monitor=monitor, **settings)  # type: ignore[arg-type]
    machine = Machine(device="cpu", threads=1, weights=True)
    with_blocks, killed = (Run.create(tmp_path / name, experiment) for name in ("blocks", "killed"))
    often = replace(experiment, monitor=replace(monitor, every=7), curve_every=9)
    measured = Run.create(tmp_path / "often", often)
    used = []
    updates = blocks.updates
    monkeypatch.setattr(blocks, "updates", lambda *given: used.append(updates(*given)) or used[-1])
    for run in (with_blocks, measured):
        train([run], machine)
    assert used and all(found is not None for found in used)
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train([killed], machine, interrupt_after(120))
    train([killed], machine)
    monkeypatch.setattr(blocks, "updates", lambda *given: None)
    without = Run.create(tmp_path / "without", experiment)
    train([without], machine)
    for other in (killed, without, measured):
        pairs = zip(parameters(with_blocks), parameters(other), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    for other in (killed, without):
        for name in ("curve.csv", "monitor.csv"):
            assert (other.path / name).read_text() == (with_blocks.path / name).read_text()


def parameters(run):
    content = torch.load(run.checkpoint, weights_only=True)
    return content["W"] + content["b"]


def interrupt_after(updates):
    done = []

    def progress(count):
        done.append(count)
        if sum(done) > updates:
            raise KeyboardInterrupt

    return progress
