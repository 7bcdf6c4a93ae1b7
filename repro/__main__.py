"""python -m repro key=value …          one run
python -m repro -m key=a,b key=c,d …  a run for each combination, trained side by side

Settings are Hydra's: groups and keys are in conf/, `--help` lists them, `--cfg job` shows the result. With
another launcher or sweeper (-m hydra/launcher=… hydra/sweeper=…) Hydra itself drives the runs.

Exit code 0: every run is complete, also those that diverged; 1: a run failed; 2: a setting can't be used.
"""

from __future__ import annotations

import sys

import hydra
from omegaconf import DictConfig
from rich.console import Console

from repro.experiment import compose
from repro.experiment.machine import Machine, agreed
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError


@hydra.main(config_path=str(compose.CONF), config_name="config", version_base="1.3")
def hydra_job(config: DictConfig) -> float | None:
    """One run under Hydra's own launchers; returns its last validation error, for sweepers that search."""
    from repro.launch import make_runs

    experiment, machine = compose.experiment_of(config)
    outcome = make_runs([experiment], machine, Console())
    if outcome.failures:
        raise RuntimeError(outcome.failures)
    error: float | None = outcome.runs[0].read_json("result").get("valid_error")
    return error


def requested(arguments: list[str]) -> list[tuple[Experiment, Machine]] | None:
    """The runs that a command line asks for, all checked; None if it is Hydra's business.

    Raises ConfigError for the first mistake, before any work is done.
    """
    flags = {word for word in arguments if word.startswith("-")}
    overrides = [word for word in arguments if word not in flags]
    if flags - {"-m", "--multirun"} or any(word.startswith("hydra/") for word in overrides):
        return None
    jobs = compose.expand(overrides)
    if len(jobs) > 1 and not flags:
        raise ConfigError("several values for one key: add -m for a run with each")
    return compose.compose_all(jobs)


def main() -> int:
    """The exit code of `python -m repro` with the arguments in sys.argv."""
    try:
        jobs = requested(sys.argv[1:])
        if jobs is None:
            hydra_job()
            return 0
        machine = agreed(machine for _, machine in jobs)
        from repro.launch import make_runs  # with pandas: not for --help

        outcome = make_runs([experiment for experiment, _ in jobs], machine, Console(), sys.argv[1:])
        if outcome.sweep:
            from repro.report.sweep import conclude  # with scipy: not for one run

            conclude(outcome.sweep, outcome.failures, Console())
        return 1 if outcome.failures else 0
    except ConfigError as error:
        Console(stderr=True).print(f"[red]error:[/] {error}", highlight=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted: the same command goes on from the last checkpoint")
        return 130


if __name__ == "__main__":
    sys.exit(main())
