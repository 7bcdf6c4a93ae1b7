"""Training runs to their end: as one stack, measured on schedule, resumed where they stopped."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from repro import monitor
from repro.data.source import Source, load
from repro.experiment.settings import ConfigError, Machine
from repro.monitor.schedule import events
from repro.network.stack import Stack, evaluate, scores
from repro.runs.folder import Run
from repro.training import checkpoint
from repro.training.autograd import Autograd
from repro.training.fused import FusedSGD
from repro.training.provenance import provenance

BLOCK = 50
"""Updates between two looks at the costs. Blocks end at its multiples: a resumed run cuts them alike."""
CHECKPOINT_SECONDS = 60.0

Progress = Callable[[int], None]
"""Called with the number of updates just done by each network of the stack."""


def train(runs: Sequence[Run], machine: Machine, progress: Progress = lambda done: None) -> None:
    """Train the runs until each is finished or diverged; complete ones are left alone.

    The experiments must agree in `stack_key`. If another process is at work on one of the runs, waits for
    it. An error is written into the runs' status.json, with its traceback, and raised again.
    """
    threads = machine.threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    device = find_device(machine.device)
    torch.backends.cuda.matmul.allow_tf32 = machine.tf32
    with contextlib.ExitStack() as locks, torch.no_grad():
        for run in runs:
            locks.enter_context(run.lock())
        unfinished = [run for run in runs if not run.complete]
        try:
            unfinished.sort(key=checkpoint.updates_done)
            for _, group in itertools.groupby(unfinished, key=checkpoint.updates_done):
                Trainer(list(group), device, threads, Path(machine.data)).run_to_end(progress)
        except Exception as error:
            for run in unfinished:
                if not run.complete:
                    _record_failure(run, error)
            raise


def find_device(name: str) -> torch.device:
    """The device of `machine.device`; `auto` takes a GPU where there is one. Raises ConfigError."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("machine.device = cuda: there is no usable GPU here; use auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


class Trainer:
    """Runs of one stack that all stand at the same update."""

    def __init__(self, runs: list[Run], device: torch.device, threads: int, data: Path | None = None) -> None:
        self.runs = runs
        self.experiment = runs[0].experiment  # stands for all where they agree
        self.source: Source = load(self.experiment, device, data)
        experiments = [run.experiment for run in runs]
        self.stack = Stack.initialize(experiments, self.source.n_features, self.source.n_classes, device)
        lr = torch.tensor([e.lr for e in experiments], device=device)
        plain = self.experiment.optimizer.name == "sgd"
        self.sgd: FusedSGD | Autograd = (
            FusedSGD(self.stack, lr, threads)
            if plain
            else Autograd(self.stack, lr, self.experiment.optimizer)
        )
        self.records = [
            checkpoint.restore(run, self.stack.member(r), partial(self.sgd.load_state, r))
            for r, run in enumerate(runs)
        ]
        self.active = list(range(len(runs)))  # members that have not diverged
        self.update = self.records[0].update
        settings = self.experiment.monitor
        self.monitored = events(self.experiment.updates, settings.every, settings.early)
        self.curve_points = events(self.experiment.updates, self.experiment.curve_every)
        for run in runs:
            run.write_json("provenance", provenance(device, threads, len(runs), self.source.note))
            checkpoint.mark(run, "running", self.update)

    def run_to_end(self, progress: Progress) -> None:
        """Train, measure and write until every run is complete."""
        last = self.experiment.updates
        stops = sorted({*range(BLOCK, last, BLOCK), *self.monitored, *self.curve_points})
        saved = begun = time.monotonic()
        self.measure()
        for stop in stops:
            if stop <= self.update or not self.active:
                continue
            done = stop - self.update
            self.advance(done)
            self._count_time(begun)
            begun = time.monotonic()
            if begun - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = begun
            self.measure()
            progress(done)
        self._count_time(begun)
        for r in list(self.active):
            self.complete(r)

    def advance(self, count: int) -> None:
        """Make `count` updates, and complete the runs that diverge in them."""
        x, y = self.source.batches(self.update, count)
        outputs = self.sgd.updates(x, y)  # [R, count, B, C]
        cost, errors, _ = scores(outputs, y, self.stack.cost)  # [R, count]
        cost_sum, error_sum, finite = cost.sum(1).tolist(), errors.sum(1).tolist(), cost.isfinite().tolist()
        for r in list(self.active):
            record = self.records[r]
            if all(finite[r]):
                record.add_training(cost_sum[r], error_sum[r], y.numel())
                record.update = self.update + count
            else:
                record.update = record.diverged_at = self.update + finite[r].index(False)
                self.complete(r)
        self.update += count

    def measure(self) -> None:
        """Record what is due now: errors, costs and the monitor's rows. Leaves the weights alone."""
        todo = [r for r in self.active if self.records[r].measured < self.update]
        if todo and self.update in self.curve_points:
            self._measure_curve(todo)
        if todo and self.update in self.monitored:
            settings = self.experiment.monitor
            full = self.update in (0, self.experiment.updates)
            singular = self.update % settings.every == 0  # not at the early events: those would add up
            x = self.source.inputs(self.source.test.pixels[: settings.examples])
            y = self.source.test.labels[: settings.examples]
            for r in todo:
                rows, histograms = monitor.measure(self.stack.member(r), x, y, settings, full, singular)
                record = self.records[r]
                record.monitor += [(self.update, *row) for row in rows]
                for key, value in histograms.items():
                    quantity, layer = key.split("/")
                    record.histograms[f"{quantity}/{self.update}/{layer}"] = torch.from_numpy(value)
        for r in todo:
            self.records[r].measured = self.update

    def _measure_curve(self, members: list[int]) -> None:
        for r in members:
            self.records[r].close_training()
        for name, split in (("valid", self.source.valid), ("test", self.source.test)):
            parts = [evaluate(self.stack, x, y) for x, y in self.source.chunks(split)]
            cost, errors = (torch.stack(sums).sum(0).tolist() for sums in list(zip(*parts, strict=True))[:2])
            for r in members:
                self.records[r].add_point(name, cost[r], errors[r], len(split))

    def save(self) -> None:
        """Write a checkpoint of every run that goes on."""
        for r in self.active:
            checkpoint.save(self.runs[r], self.records[r], self.stack.member(r), self.sgd.state(r))

    def complete(self, r: int) -> None:
        """Write everything of run r, which has reached its end or diverged."""
        self.active.remove(r)
        network = self.stack.member(r)
        checkpoint.save(self.runs[r], self.records[r], network, self.sgd.state(r))
        predicted = [evaluate(network, x, y)[2][0] for x, y in self.source.chunks(self.source.test)]
        checkpoint.finish(self.runs[r], self.records[r], torch.cat(predicted), self.source.test.labels)

    def _count_time(self, begun: float) -> None:
        for r in self.active:
            self.records[r].seconds += time.monotonic() - begun


def _record_failure(run: Run, error: Exception) -> None:
    """Say in status.json what went wrong; on a full disk even that may be impossible."""
    update = run.read_json("status").get("update", 0)
    reason = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        checkpoint.mark(run, "failed", update, error=reason, traceback=traceback.format_exc())
