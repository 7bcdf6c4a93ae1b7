"""When to measure: update numbers, fixed before training starts."""


def events(updates: int, every: int, early: bool = False) -> list[int]:
    """Sorted updates from 0 to `updates`: both ends, every `every`, and with `early` also 1, 2, 5, 10, 20 ...

    The early ones show the first moments of training, which a linear grid misses.
    """
    due = {0, updates, *range(0, updates + 1, every)}
    if early:
        due |= {u for power in range(12) for u in (10**power, 2 * 10**power, 5 * 10**power) if u < updates}
    return sorted(due)
