"""From run folders to numbers: which runs belong together, tables, statistics, verdicts. No ink, no torch."""


class EvidenceError(ValueError):
    """What is asked can't be answered from these runs; the message says which are missing or don't fit."""
