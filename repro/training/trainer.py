"""Training runs to their end: as one stack, measured on schedule, resumed where they stopped."""

from __future__ import annotations

import contextlib
import itertools
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from filelock import Timeout
from torch import Tensor

from repro import monitor
from repro.data.source import Source, load
from repro.data.streams import Split
from repro.experiment.machine import Machine, cores
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.monitor.schedule import events, schedule
from repro.network.stack import scores
from repro.network.start import Weights, start
from repro.runs.folder import Run
from repro.runs.lease import Hold, LostError
from repro.training import baseline, checkpoint, kernel
from repro.training.engine import BLOCK, engine_for
from repro.training.pretraining import forget, pretrained
from repro.training.provenance import provenance

CHECKPOINT_SECONDS = 60.0

Progress = Callable[[int], None]
"""Called with the number of updates just done by each network of the stack. May raise Stopped."""


class Stopped(BaseException):
    """Work is to end now: the runs are saved, and go on later."""


def train(
    runs: Sequence[Run], machine: Machine, progress: Progress = lambda done: None, share: int | None = None
) -> list[Run]:
    """Train the runs until each is finished or diverged; complete ones are left alone, unless damaged.

    The experiments must agree in `stack_key`. Returns the runs on which another process is at work: these,
    too, are left alone. An error is written into the runs' status.json, with its traceback, and raised again.

    share: cores for this process, where `machine.threads` doesn't say; by default all. With the compiled
    kernel they never change a result: torch's own operations, which differ in the last digits between numbers
    of threads, get one thread each. Where torch does all the work, they get as many as machine.threads says.
    """
    threads = machine.threads or share or cores()
    torch.set_num_threads(1 if kernel.available() else machine.threads or 1)
    device = find_device(machine.device)
    torch.backends.cuda.matmul.allow_tf32 = machine.tf32
    with contextlib.ExitStack() as stack, torch.no_grad():
        holds: dict[Path, Hold] = {}
        for run in runs:
            with contextlib.suppress(Timeout):
                holds[run.path] = stack.enter_context(run.lock(timeout=0))
        busy = [run for run in runs if run.path not in holds]
        unfinished = [run for run in runs if run.path in holds and not run.sound]
        try:
            for run in [run for run in unfinished if not run.experiment.network]:
                baseline.fit(run, Path(machine.data), threads, holds[run.path].check)
                unfinished.remove(run)
            done = {run.path: _reopened(run) for run in unfinished}
            unfinished.sort(key=lambda run: done[run.path])
            for _, group in itertools.groupby(unfinished, key=lambda run: done[run.path]):
                members = list(group)
                held = [holds[run.path] for run in members]
                trainer = Trainer(members, device, threads, Path(machine.data), machine.weights, held)
                trainer.run_to_end(progress)
        except LostError:
            busy += [run for run in unfinished if not run.complete]
        except Exception as error:
            for run in unfinished:
                if not run.path.exists():
                    raise ConfigError(f"{run.path} was removed while it was trained") from error
                if not run.complete:
                    _record_failure(run, error)
            raise
    return busy


def _reopened(run: Run) -> int:
    """The update from which the run goes on. One that was complete is damaged: its tables are written anew.

    That needs its checkpoint; without a good one it starts again. Raises ConfigError for a damaged checkpoint
    of a run that isn't complete: only its owner can know whether to give it up.
    """
    if run.complete:
        run.reopen()
        try:
            return checkpoint.updates_done(run)
        except ConfigError:
            run.checkpoint.unlink()
    return checkpoint.updates_done(run)


def find_device(name: str) -> torch.device:
    """The device of `machine.device`; `auto` takes a GPU where there is one. Raises ConfigError."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("machine.device = cuda: there is no usable GPU here; use auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def curve_points(experiment: Experiment) -> dict[int, tuple[str, ...]]:
    """Updates at which the curve has a point, and the sets on which errors are counted there.

    The test set at all of them; the validation set only at each `valid_every`, if that is given, and at the
    end, where a rate is chosen by it.
    """
    updates, rare = experiment.updates, experiment.valid_every
    points = events(updates, experiment.curve_every)
    validated = set(points) if rare is None else {updates, *range(rare, updates, rare)}
    return {update: ("valid", "test") if update in validated else ("test",) for update in points}


class Trainer:
    """Runs of one stack that all stand at the same update."""

    def __init__(
        self,
        runs: list[Run],
        device: torch.device,
        threads: int,
        data: Path | None = None,
        keep_weights: bool = False,
        holds: Sequence[Hold] = (),
    ) -> None:
        self.holds = holds
        self.runs, self.threads, self.keep_weights = runs, threads, keep_weights
        experiments = [run.experiment for run in runs]
        self.experiment = experiments[0]  # stands for all where they agree
        self.source: Source = load(self.experiment, device, data)
        self.records, states = map(list, zip(*map(checkpoint.restore, runs), strict=True))
        self.engine = engine_for(experiments, self._starts(states), device, threads)
        for r, (run, state) in enumerate(zip(runs, states, strict=True)):
            with checkpoint.named(run.checkpoint):
                if state:
                    self.engine.load(r, state)
        self.active = list(range(len(runs)))  # members that have not diverged
        self.tested: tuple[int, Tensor] | None = None  # update and predicted classes of the last evaluation
        self.update = self.records[0].update
        settings = self.experiment.monitor
        self.monitored = schedule(self.experiment.updates, settings)
        self.curve_points = curve_points(self.experiment)
        about = provenance(device, threads, len(runs), self.source.note)
        for run in runs:
            checkpoint.add_segment(run, about, self.update)
            checkpoint.mark(run, "running", self.update)

    def _starts(self, states: Sequence[checkpoint.State | None]) -> Iterator[Weights]:
        """Initial weights, one network after the other; only drawn where a checkpoint has others anyway."""
        for run, state in zip(self.runs, states, strict=True):
            source = None if state else self.source
            weights = start(run.experiment, self.source.n_features, self.source.n_classes, source)
            yield weights if state else pretrained(run, weights, self.source, self._check_holds)

    def run_to_end(self, progress: Progress) -> None:
        """Train, measure and write until every run is complete."""
        last = self.experiment.updates
        stops = sorted({*range(BLOCK, last, BLOCK), *self.monitored, *self.curve_points})
        saved = begun = time.monotonic()
        for r in list(self.active):
            if self.records[r].diverged_at is not None:  # all but its end was on disk
                self.complete(r)
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
            try:
                progress(done)
            except Stopped:
                self.save()
                raise
        self._count_time(begun)
        for r in list(self.active):
            self.complete(r)

    def advance(self, count: int) -> None:
        """Make `count` updates, and complete the runs that diverge in them."""
        x, y = self.source.batches(self.update, count)
        outputs = self.engine.updates(self.update, x, y)  # [R, count, B, C]
        cost, errors, _ = scores(outputs, y, self.experiment.cost)  # [R, count]
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
        event = self.monitored.get(self.update)
        if todo and event:
            settings = self.experiment.monitor
            x = self.source.inputs(self.source.test.pixels[: settings.examples])
            y = self.source.test.labels[: settings.examples]
            prior = self.source.prior if event.mechanisms else None
            for r in set(todo) & set(self.active):
                trace = self.engine.trace(r, x, y, settings.batch)
                rows, histograms = monitor.measure(trace, settings.batch, event, prior)
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
        for name in self.curve_points[self.update]:
            split = self.source.valid if name == "valid" else self.source.test
            cost, errors, predicted = self._evaluate(split)
            for r in members:
                self.records[r].add_point(name, cost[r].item(), int(errors[r]), len(split))
        self.tested = self.update, predicted
        for r in members:
            if not cost[r].isfinite():  # after the last update, whose own cost was finite
                self.records[r].diverged_at = self.update
                self.complete(r)

    def _evaluate(self, split: Split) -> tuple[Tensor, Tensor, Tensor]:
        """Cost summed over a fixed set [R], number of errors [R], predicted classes [R, n].

        Pieces of the set are taken side by side, each on one thread, so that their number changes no bit.
        """

        def piece(examples: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
            with torch.no_grad():  # which belongs to a thread
                x, y = examples
                return scores(self.engine.outputs(x), y, self.experiment.cost)

        side_by_side = self.threads if split.labels.device.type == "cpu" else 1
        with ThreadPoolExecutor(side_by_side) as pool:
            cost, errors, predicted = zip(*pool.map(piece, self.source.chunks(split)), strict=True)
        return torch.stack(cost).sum(0), torch.stack(errors).sum(0), torch.cat(predicted, dim=1)

    def save(self) -> None:
        """Write a checkpoint of every run that goes on. Raises LostError if another process has one."""
        self._check_holds()
        for r in self.active:
            checkpoint.save(self.runs[r], self.records[r], self.engine.state(r))

    def complete(self, r: int) -> None:
        """Write everything of run r, which has reached its end or diverged; its weights only if asked for.

        Without them its last checkpoint stays until it is complete. Raises LostError, as `save`.
        """
        self._check_holds()
        self.active.remove(r)
        if self.keep_weights:
            checkpoint.save(self.runs[r], self.records[r], self.engine.state(r))
        else:
            checkpoint.save_tables(self.runs[r], self.records[r])
        fresh = self.tested and self.tested[0] == self.update == self.records[r].measured
        predicted = self.tested[1] if fresh and self.tested else self._evaluate(self.source.test)[2]
        checkpoint.finish(self.runs[r], self.records[r], predicted[r], self.source.test.labels)
        forget(self.runs[r])
        if not self.keep_weights:
            self.runs[r].checkpoint.unlink(missing_ok=True)

    def _check_holds(self) -> None:
        for hold in self.holds:
            hold.check()

    def _count_time(self, begun: float) -> None:
        for r in self.active:
            self.records[r].seconds += time.monotonic() - begun


def _record_failure(run: Run, error: Exception) -> None:
    """Say in status.json what went wrong; on a full disk even that may be impossible."""
    update = run.status.get("update", 0)
    reason = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        checkpoint.mark(run, "failed", update, error=reason, traceback=traceback.format_exc())
