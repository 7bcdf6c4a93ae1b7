"""repro key=value …                     one run (python -m repro …)
repro -m key=a,b key=range(1,4) …     a sweep: a run for each combination, trained side by side
repro runs|reproduce|launch|data|bench …   the other commands: python -m repro.runs … (each has --help)

    repro activation=softsign init=normalized depth=3 lr=0.03 updates=5000
    repro -m activation=tanh,softsign init=standard,normalized seed=range(0,5)
    repro -m activation=glob(*) scale=smoke        every activation that there is
    repro -m study=input_range                     a ready-made sweep
    repro --config-dir=mine -m study=my_sweep      with groups of settings of your own
    repro --cfg job activation=relu                the settings, without a run

A sweep skips what is complete, goes on with what was interrupted, and names what failed with the command that
makes it again. Settings are Hydra's. With another launcher or sweeper (-m hydra/launcher=joblib,
hydra/sweeper=optuna) Hydra drives the runs, with a line for each. The objective of sweepers that search is
the last validation error, 1 for a run that diverged; optuna leaves the best in hydra.sweep.dir.

Tab completion: eval "$(repro -sc install=bash)".

Exit code 0: every run is complete, also those that diverged; 1: a run failed; 2: a setting can't be used.
"""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":  # interrupted while all this is imported: quietly
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from repro.experiment.values import ConfigError
from repro.processes import processes

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from repro.experiment.machine import Machine
    from repro.experiment.settings import Experiment

COMMANDS = ("runs", "reproduce", "launch", "data", "bench")


def hydra_job(config: DictConfig) -> float | None:
    """One run under Hydra's own launchers; returns the objective, for sweepers that search.

    That is the last validation error, and 1, as if all were wrong, for a run that diverged.
    """
    from rich.console import Console

    from repro.experiment import compose
    from repro.launch import make_runs

    experiment, machine = compose.experiment_of(config)
    outcome = make_runs([experiment], machine, Console(), bar=False)
    if outcome.failures:
        raise RuntimeError(outcome.failures)
    result = outcome.runs[0].read_json("result")
    error: float | None = result.get("valid_error")
    return error if result.get("diverged_at") is None else 1.0


def run_by_hydra() -> None:
    """Everything of Hydra's own: its flags, and other launchers and sweepers."""
    import hydra

    from repro.experiment.components import CONF

    hydra.main(config_path=str(CONF), config_name="config", version_base="1.3")(hydra_job)()


def requested(
    arguments: Sequence[str], meanwhile: Callable[[], object] = lambda: None
) -> list[tuple[Experiment, Machine]] | None:
    """The runs that a command line asks for, all checked; None if it is Hydra's business.

    meanwhile: called as soon as it is clear that there are several, a second before all are composed.
    Raises ConfigError for the first mistake, before any work is done.
    """
    from repro.experiment import compose

    words, several = _translated(arguments)
    flags = [word for word in words if word.startswith("-")]
    plain = [word for word in words if not word.startswith("-")]
    if flags:
        return None
    if any(word.startswith("hydra/") for word in plain):
        own = [w for w in plain if "=" in w and not re.match(r"\+*hydra|.*[(,]", w)]
        compose.compose_all([own])  # Hydra would show a mistake in each of its jobs, with a traceback
        return None
    jobs = compose.expand(plain)
    if len(jobs) > 1 and not several:
        raise ConfigError("several values for one key: add -m for a run with each")
    if len(jobs) > 1:
        meanwhile()
    return compose.compose_all(jobs)


def _translated(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Without -m, hydra.mode and --config-dir, which are understood here; and whether it is a sweep."""
    words, several, rest = [], False, list(arguments)
    while rest:
        word = rest.pop(0)
        flag, has_value, value = word.partition("=")
        if word in ("-m", "--multirun"):
            several = True
        elif flag == "hydra.mode":
            if value.upper() not in ("RUN", "MULTIRUN"):
                raise ConfigError(f"{word}: expected RUN or MULTIRUN")
            several = several or value.upper() == "MULTIRUN"
        elif flag in ("--config-dir", "-cd"):
            place = value if has_value else rest.pop(0) if rest else ""
            if not place:
                raise ConfigError(f"{word}: expected the path of a folder")
            folder = Path(place).absolute()
            words.append(f"hydra.searchpath=[file://{folder}]")
        else:
            words.append(word)
    return words, several


def make(arguments: Sequence[str]) -> int:
    """Make the runs that the words ask for; returns the exit code. Raises ConfigError before any work."""
    jobs = requested(arguments, meanwhile=processes)
    if jobs is None:
        run_by_hydra()
        return 0
    from rich.console import Console

    from repro.experiment.machine import agreed
    from repro.launch import make_runs  # with pandas: not for --help

    machine = agreed(machine for _, machine in jobs)
    outcome = make_runs([experiment for experiment, _ in jobs], machine, Console(), arguments)
    if outcome.sweep:
        from repro.report.sweep import conclude  # with scipy: not for one run

        conclude(outcome.sweep, outcome.failures, Console())
    return 1 if outcome.failures else 0


def main() -> int:
    """The exit code of `repro` with the arguments in sys.argv."""
    arguments = sys.argv[1:]
    if arguments[:1] and arguments[0] in COMMANDS:
        sys.argv = [f"repro {arguments[0]}", *arguments[1:]]
        code: int = import_module(f"repro.{_module(arguments[0])}").main()
        return code
    if {"-h", "--help"} & set(arguments):
        from repro.experiment.help import settings

        print(f"{__doc__}\n{settings()}")
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return make(arguments)
    except ConfigError as error:
        from repro.terminal import refused

        return refused(error)
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        return 130


def _module(command: str) -> str:
    return command if command == "reproduce" else f"{command}.__main__"


if __name__ == "__main__":
    sys.exit(main())
