"""The parts of a study, drawn: exhibits at a scale, their folders written and their evidence at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repro.exhibits import Evidence, evidence, load, runs_of
from repro.report import folder, page
from repro.report.drawn import Wrong, side_by_side
from repro.report.study import SCALES, Part, Study


@dataclass(frozen=True)
class Drawn:
    """A part of a study with what it shows; its files are in `<out>/<part.key>`."""

    part: Part
    evidence: Evidence

    @property
    def title(self) -> str:
        return page.title(load(self.part.exhibit))

    @property
    def share(self) -> float:
        """Of the paper's training, that of the shortest trained run; 1 for what needs no training."""
        return min(1.0, self.evidence.conditions.share or 1.0)


def draw(study: Study, out: Path) -> tuple[list[Drawn], dict[str, str]]:
    """Write the folder of each part, `<out>/<scale>/<exhibit>`, several at once.

    Returns what was drawn, in the order of the study, and why the rest was not: part → message.
    """
    jobs = {part.key: (part, out) for part in study.parts}
    results = dict(side_by_side(_draw, jobs))
    ordered = {key: results[key] for key in jobs}
    done = [result for result in ordered.values() if isinstance(result, Drawn)]
    return done, {key: result.said for key, result in ordered.items() if isinstance(result, Wrong)}


def _draw(part: Part, out: Path) -> Drawn:
    found = evidence(part.exhibit, part.runs, part.scale)
    folder.write(found, out / part.scale, settings(part))
    return Drawn(part, found)


def settings(part: Part) -> list[str]:
    """What `repro.reproduce` needs beside exhibit and scale, to draw the same runs: seeds and rates."""
    words = {word.split("=", 1)[0] for entry in runs_of(part.exhibit, part.scale) for word in entry.split()}
    trained = [run.experiment for run in part.runs if run.experiment.updates]
    found = []
    for key, usual in (("seed", [0]), ("lr", [0.01])):
        values = sorted({getattr(experiment, key) for experiment in trained})
        if trained and key not in words and (values != usual or (key == "lr" and part.scale != "quick")):
            found.append(f"{key}={','.join(f'{value:g}' for value in values)}")
    return found


def by_exhibit(drawn: Sequence[Drawn]) -> Mapping[str, list[Drawn]]:
    """The drawn parts of each exhibit, the longest training first."""
    found: dict[str, list[Drawn]] = {}
    for one in sorted(drawn, key=lambda d: -SCALES.index(d.part.scale)):
        found.setdefault(one.part.exhibit, []).append(one)
    return {name: found[name] for name in sorted(found, key=_order)}


def _order(name: str) -> tuple[int, str]:
    """Figures, Table 1, then what the paper has no picture of."""
    return (0 if name.startswith("fig") else 1 if name == "table1" else 2), name


def shorter(drawn: Sequence[Drawn]) -> str:
    """One plain sentence on what is below the paper's length; empty if nothing is."""
    groups: dict[float, list[str]] = {}
    for parts in by_exhibit(drawn).values():
        if parts[0].share < 1:
            groups.setdefault(parts[0].share, []).append(short_title(parts[0]))
    if not groups:
        return ""
    texts = [f"{_listed(names)} at {100 * share:.2g} %" for share, names in sorted(groups.items())]
    return (
        f"Share of the paper's 2.5 million updates: {'; '.join(texts)}. What is not named is at full length."
    )


def _listed(names: Sequence[str]) -> str:
    """`Figures 2, 3, Table 1`."""
    numbers = [name.removeprefix("Figure ") for name in names if name.startswith("Figure ")]
    others = [name for name in names if not name.startswith("Figure ")]
    return ", ".join(
        [f"Figure{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"] * bool(numbers) + others
    )


def short_title(one: Drawn) -> str:
    """Such as `Figure 7`: the title up to its colon."""
    return one.title.partition(":")[0]
