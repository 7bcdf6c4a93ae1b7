"""Who works on a run folder: one process at a time, on this machine or any other that shares the disk.

The holder touches the file `.lease` every LEASE / 3 seconds. Another process takes it over when the holder is
known to be dead, which shows on the same machine, or when it has seen no touch for LEASE seconds of its own
steady clock: clocks of different machines are never compared, and one that jumps does no harm. Locks of the
file system, which network disks often lack, are not needed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import SoftFileLease, Timeout

LEASE = 60.0
"""Seconds of silence after which a run is free. All processes that share runs must agree on it."""


class LostError(Exception):
    """Another process took a run over, because this one had been silent for too long (asleep, stopped)."""


class Hold:
    """A run folder that this process holds."""

    def __init__(self, folder: Path, lease: SoftFileLease) -> None:
        self._folder, self._lease = folder, lease

    def check(self) -> None:
        """Raises LostError if the folder is somebody else's now: nothing may be written into it any more."""
        owner = self._lease.owner
        if self._folder.exists() and (owner is None or owner.token != self._lease.token):
            raise LostError(f"{self._folder}: another process has taken it over")


@contextlib.contextmanager
def held(folder: Path, timeout: float = -1) -> Iterator[Hold]:
    """Keep other processes off; waits at most `timeout` seconds (negative: as long as it takes).

    Raises filelock.Timeout, and OSError for a folder that isn't there or can't be written.
    """
    lease = _lease(folder)
    with lease.acquire(timeout=timeout):
        yield Hold(folder, lease)


class Watch:
    """Looks at a folder that another process holds, again and again, without waiting."""

    def __init__(self, folder: Path) -> None:
        self._lease = _lease(folder)

    def free(self) -> bool:
        """Whether nobody holds it (any more); after LEASE seconds of looking that is known for certain."""
        try:
            self._lease.acquire(timeout=0)
        except Timeout:
            return False
        except OSError:  # whoever tries to work there will say what is wrong
            return True
        self._lease.release()
        return True

    def holder(self) -> str:
        """Process and machine, as far as the file says."""
        owner = self._lease.owner
        return f"process {owner.pid} on {owner.hostname.partition('?')[0]}" if owner else "another process"


def _lease(folder: Path) -> SoftFileLease:
    return SoftFileLease(folder / ".lease", lease_duration=LEASE)
