"""python -m repro.reproduce fig06 fig11 scale=quick     exhibits, with the runs they need
python -m repro.reproduce all seed=0,1,2                all of them, three seeds each
python -m repro.reproduce studies                       what the paper only mentions: many runs more

Exhibits are named as in the paper (fig01 ... table1, jacobian); any setting of `python -m repro`, also a list
of values, applies to all their runs. Runs that are complete are not made again. Results go to
`out=results/<scale>`; the published ones in figures/ stay as they are.
Learning rates come from conf/grid.yaml unless lr is given; lr=grid searches them at any scale. What needs a
data set that isn't there is left out, with a line that says how to get it.

Exit code 0: everything else was made; 1: a run or an exhibit failed; 2: a setting can't be used.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.console import Console
from rich.markup import escape

from repro import exhibits
from repro.data import sets
from repro.data.files.store import DataError
from repro.evidence import EvidenceError
from repro.experiment import compose
from repro.experiment.machine import Machine, agreed
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.files import write_atomically
from repro.launch import make_runs
from repro.report.drawn import destination, draw_all, said
from repro.runs import Run
from repro.terminal import refused


class Request(NamedTuple):
    """What the command line asks for."""

    names: list[str]
    scale: str
    out: Path
    overrides: list[str]


def parse_arguments(words: Sequence[str]) -> Request:
    """Exhibit names, then settings in any order. Raises ConfigError for an exhibit that isn't there."""
    names = [word for word in words if "=" not in word]
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    scale = settings.pop("scale", "quick")
    out = destination(settings.pop("out", f"results/{scale}"))
    known = exhibits.EXHIBITS + exhibits.STUDIES
    groups = {"all": exhibits.EXHIBITS, "studies": exhibits.STUDIES}
    chosen = [one for name in names or ["all"] for one in groups.get(name, (_canonical(name),))]
    for name in chosen:
        if name not in known:
            raise ConfigError(f"{name}: no such exhibit; expected all, studies or some of {', '.join(known)}")
    return Request(list(dict.fromkeys(chosen)), scale, out, [f"{k}={v}" for k, v in settings.items()])


def _canonical(name: str) -> str:
    """fig7, Fig7 or 7 as fig07."""
    found = re.fullmatch(r"(?:fig)?(\d+)", name.lower())
    return f"fig{int(found[1]):02d}" if found else name.lower()


def experiments_of(name: str, scale: str, overrides: Sequence[str]) -> list[tuple[Experiment, Machine]]:
    """The runs of an exhibit (its module's RUNS, or AT[scale]); `overrides` replace its own settings."""
    return _composed_all(exhibits.runs_of(name, scale), scale, overrides)


def also_there(name: str, scale: str, overrides: Sequence[str], folder: Path) -> list[Run]:
    """The complete runs in this folder that an exhibit has besides (its module's ALSO)."""
    wanted = _composed_all(exhibits.also_of(name, scale), scale, overrides)
    runs = [Run.find(folder, experiment) for experiment, _ in wanted]
    return [run for run in runs if run.complete]


def _composed_all(
    entries: Sequence[str], scale: str, overrides: Sequence[str]
) -> list[tuple[Experiment, Machine]]:
    jobs = []
    for entry in entries:
        words = with_rates([f"scale={scale}", *entry.split(), *overrides])
        jobs += compose.expand(words)
    return [_composed(job) for job in jobs]


@cache  # exhibits share most of their runs
def _composed(job: tuple[str, ...]) -> tuple[Experiment, Machine]:
    return compose.compose_all([job])[0]


def with_rates(words: Sequence[str]) -> list[str]:
    """The settings, the last of each key, with learning rates where none is given or all are to be searched.

    Networks that aren't trained keep the default, and a study (`study=`) its own rates.
    """
    settings = dict(word.split("=", 1) for word in words)
    rates = _read("grid.yaml")
    usual = "" if "study" in settings else str(rates["scales"].get(settings["scale"], ""))
    wanted = settings.pop("lr", usual)
    trained = settings.get("updates") != "0" and settings.get("baseline", "none") == "none"
    if wanted and trained:
        settings["lr"] = rates["grid"] if wanted == "grid" else wanted
    return [f"{key}={value}" for key, value in settings.items()]


def _read(file: str) -> Any:
    return yaml.safe_load((compose.CONF / file).read_text(encoding="utf-8"))


Needed = dict[str, list[tuple[Experiment, Machine]]]
"""The runs of each exhibit, by its name."""


def with_data(needed: Needed, console: Console) -> Needed:
    """The runs that are complete or whose data is there; an exhibit of which nothing is left is left out.

    Where only a stand-in for a data set is there, its runs take their place. Says what is missing.
    """
    kept: Needed = {}
    absent: dict[str, dict[str, None]] = {}  # by what is missing: the exhibits that want it, in order
    for name, items in needed.items():
        own = []
        for experiment, machine in items:
            usable, lacking = _usable(experiment, machine)
            if usable:
                own.append((usable, machine))
            else:
                absent.setdefault(f"{experiment.dataset.name}: {lacking}", {})[name] = None
        if own or not items:
            kept[name] = own
    for lacking, names in absent.items():
        left_out = ", ".join(name if name in kept else f"{name} (all of it)" for name in names)
        console.print(f"left out of {left_out}: {escape(lacking)}", highlight=False, soft_wrap=True)
    return kept


def _usable(experiment: Experiment, machine: Machine) -> tuple[Experiment | None, str]:
    """The experiment, or the same with a stand-in for its data, if it is complete or can be made.

    Otherwise None, and what is missing.
    """
    data = experiment.dataset
    names = [name for name in (data.name, sets.of(data.name).STAND_IN) if name]
    lacking = []
    for name in names:
        one = sets.identified(replace(experiment, dataset=replace(data, name=name)), Path(machine.data))
        if Run.find(Path(machine.runs), one).complete:
            return one, ""
        lacking.append(sets.of(name).missing(Path(machine.data), one.n_valid, one.n_test))
        if not lacking[-1]:
            return one, ""
    return None, lacking[0]


@dataclass(frozen=True)
class _Planned(Run):
    """A run to be: its settings are known, and nothing else."""

    planned: Experiment | None = None

    experiment = property(lambda self: self.planned)
    complete = property(lambda self: True)

    def read_json(self, name: str) -> dict[str, Any]:
        raise NotImplementedError

    def _table(self, *_: Any) -> Any:
        raise NotImplementedError

    def _arrays(self, *_: Any) -> Any:
        raise NotImplementedError


def with_runs(needed: Needed, console: Console) -> Needed:
    """The exhibits that the settings leave the runs they compare: fig07 with activation=softsign has none.

    An exhibit finds its runs by their settings, before it reads any: so it is tried on runs to be. Says what
    is left out. Raises ConfigError if that is everything.
    """
    kept, reasons = {}, []
    for name, items in needed.items():
        planned = [_Planned(Path(e.run_id), e) for e in dict.fromkeys(e for e, _ in items)]
        if lacking := _lacking(name, planned):
            reasons.append(f"{name}: these settings leave it no runs to compare ({lacking})")
        else:
            kept[name] = items
    if reasons and not kept:
        raise ConfigError("; ".join(reasons))
    for reason in reasons:
        console.print(f"left out of the exhibits: {escape(reason)}", highlight=False, soft_wrap=True)
    return kept


def _lacking(name: str, planned: Sequence[Run]) -> str:
    """What an exhibit misses among runs to be; empty if it goes on to read them."""
    try:
        exhibits.load(name).tables(planned)
    except EvidenceError as error:
        return str(error)
    except Exception:  # there is nothing in them yet
        return ""
    return ""


def reproduce(request: Request, console: Console) -> int:
    """Train what is missing, then draw; returns the exit code. Raises ConfigError before any work."""
    begun = time.monotonic()
    needed, failed = _needed(request, console)
    composed: list[tuple[Experiment, Machine]] = []
    if not all(needed.values()):  # typos, also without runs
        words = with_rates([f"scale={request.scale}", *request.overrides])
        composed = compose.compose_all(compose.expand(words))
    machine = agreed(machine for items in (composed, *needed.values()) for _, machine in items)
    needed = with_runs(with_data(needed, console), console)
    every = [item for items in needed.values() for item in items]
    settings = [word for word in request.overrides if not word.startswith("machine.")]
    runs = {}
    if every:
        outcome = make_runs([experiment for experiment, _ in every], machine, console)
        failed |= bool(outcome.failures)
        runs = {run.experiment: run for run in outcome.runs}
    mine = {
        name: [runs[experiment] for experiment in dict.fromkeys(experiment for experiment, _ in items)]
        for name, items in needed.items()
    }
    for name, own in mine.items():
        more = also_there(name, request.scale, request.overrides, Path(machine.runs))
        mine[name] = list({run.path: run for run in (*own, *more)}.values())
    for drawn in draw_all(mine, request.scale, request.out, settings):
        if drawn.wrong:
            _say_not_drawn(drawn.name, drawn.wrong, console)
            failed = True
        else:
            console.print(
                f"drawn {drawn.name}: {escape(str(drawn.folder))}/", highlight=False, soft_wrap=True
            )
    if "fig01" in needed:
        failed |= not _draw_bottom(Path(machine.data), request.out, console)
    console.print(f"done in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _needed(request: Request, console: Console) -> tuple[Needed, bool]:
    """The runs of each exhibit, and whether there is one that can't be loaded. Raises ConfigError."""
    needed: Needed = {}
    for name in request.names:
        try:
            needed[name] = experiments_of(name, request.scale, request.overrides)
        except ConfigError:
            raise
        except Exception as error:
            _say_not_drawn(name, said(error), console)
    return needed, len(needed) < len(request.names)


def _say_not_drawn(name: str, wrong: str, console: Console) -> None:
    console.print(f"[red]not drawn[/] {name}: {escape(wrong)}", highlight=False, soft_wrap=True)


def _draw_bottom(data: Path, out: Path, console: Console) -> bool:
    """Figure 1 (bottom), the one picture that needs other people's images; False if they are damaged.

    It stays out of the repository (.gitignore). Where the images aren't there, says how to get them.
    """
    lacking = sets.of("small_imagenet").missing(data, 0, 0)
    if lacking:
        message = f"left out of fig01 (bottom): small_imagenet: {lacking}"
    else:
        from repro.data.imagenet.build import figure1_images
        from repro.drawing import style
        from repro.exhibits import fig01

        try:
            picture = style.render(fig01.draw_bottom(*figure1_images(data)), "png")
        except DataError as error:
            console.print(f"[red]not drawn[/] fig01 (bottom): {escape(str(error))}", highlight=False)
            return False
        write_atomically(out / "fig01" / "bottom.png", picture)
        message = f"drawn fig01 (bottom): {out / 'fig01' / 'bottom.png'}"
    console.print(escape(message), highlight=False, soft_wrap=True)
    return True


def main() -> int:
    """The exit code of `python -m repro.reproduce` with the arguments in sys.argv."""
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(__doc__, "\nExhibits:", ", ".join(exhibits.EXHIBITS))
        print(" Studies:", ", ".join(exhibits.STUDIES))
        return 0
    try:
        return reproduce(parse_arguments(words), Console())
    except ConfigError as error:
        return refused(error)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted: the same command goes on from the last checkpoints")
        return 130


if __name__ == "__main__":
    sys.exit(main())
