"""When to measure what: update numbers with what is due there, fixed before training starts."""

from __future__ import annotations

from dataclasses import dataclass

from repro.experiment.settings import Monitor


@dataclass(frozen=True)
class Event:
    """What is measured beside the cheap rows: Jacobians of so many examples, histograms, mechanisms."""

    jacobian_examples: int = 0
    histograms: bool = False
    mechanisms: bool = False


def events(updates: int, every: int, early: bool = False) -> list[int]:
    """Sorted updates from 0 to `updates`: both ends, every `every`, and with `early` also 1, 2, 5, 10, 20 ...

    The early ones show the first moments of training, which a linear grid misses.
    """
    due = {0, updates, *range(0, updates + 1, every)}
    if early:
        due |= {u for power in range(12) for u in (10**power, 2 * 10**power, 5 * 10**power) if u < updates}
    return sorted(due)


def schedule(updates: int, settings: Monitor) -> dict[int, Event]:
    """Everything at both ends, the Jacobian of one example at each `every`, the cheap rows at early updates.

    In between a single example, and at the early ones none, because Jacobians would add up. Histograms in
    between only with `densities`: they take most of a run's folder.
    """
    found, more = {}, settings.mechanisms
    for update in events(updates, settings.every, settings.early):
        if update in (0, updates):
            found[update] = Event(settings.jacobian_examples, histograms=True, mechanisms=more)
        else:
            due = update % settings.every == 0
            jacobians = min(settings.jacobian_examples, int(due))
            found[update] = Event(jacobians, settings.densities, mechanisms=more)
    return found
