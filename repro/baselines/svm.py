"""A support vector machine with RBF kernel exp(-γ ‖x - x'‖²), one against one (section 5).

C and γ are chosen by validation error among all pairs, each fitted to the first `tune` examples; the best
pair is then fitted once to all. Fits are kept one by one: a run that was stopped goes on after the last.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from importlib import import_module, metadata, util
from typing import Any

from repro.baselines import Baseline, Diary, Examples, Fitted, Row
from repro.experiment.values import ConfigError, choice, require

LIBRARIES = {"scikit-learn-intelex": "sklearnex.svm", "scikit-learn": "sklearn.svm"}
"""By name, the faster one first: the module with its SVC."""
CACHE = 2000
"""Memory for rows of the kernel's matrix, MB: changes no result."""


@dataclass(frozen=True)
class Svm(Baseline):
    """library: auto takes scikit-learn-intelex where it is installed, which is 5 to 16 times as fast."""

    C: tuple[float, ...] = (1.0, 10.0, 100.0)
    gamma: tuple[float, ...] = (0.01, 0.03, 0.1)
    tune: int = 16_000
    library: str = "auto"

    def __post_init__(self) -> None:
        for key in ("C", "gamma"):
            values = getattr(self, key)
            fits = bool(values) and all(math.isfinite(v) and v > 0 for v in values)
            require(f"baseline.{key}", values, fits, "finite numbers above 0")
        require("baseline.tune", self.tune, self.tune >= 1, "a number of examples, at least 1")
        choice("baseline.library", self.library, ("auto", *LIBRARIES))

    def fit(self, train: Examples, valid: Examples, test: Examples, diary: Diary) -> Fitted:
        name, make = self._library()
        C, gamma = self._chosen(make, train.first(self.tune), valid, diary)
        begun = time.monotonic()
        machine = make(C=C, gamma=gamma, kernel="rbf", cache_size=CACHE).fit(train.x, train.y)
        fitted = time.monotonic() - begun
        about = {
            "C": C,
            "gamma": gamma,
            "support_vectors": int(sum(machine.n_support_)),
            "library": f"{name} {metadata.version(name)}",
            "fit_seconds": round(fitted, 1),
        }
        return Fitted(machine.predict(valid.x), machine.predict(test.x), about)

    def _library(self) -> tuple[str, Any]:
        """Name and class. Raises ConfigError if it isn't installed."""
        installed = [name for name, module in LIBRARIES.items() if util.find_spec(module.partition(".")[0])]
        wanted = installed[:1] if self.library == "auto" else [self.library]
        if not wanted or wanted[0] not in installed:
            raise ConfigError(
                f"baseline.library = {self.library}: not installed here; pip install -e '.[svm]'"
            )
        return wanted[0], import_module(LIBRARIES[wanted[0]]).SVC

    def _chosen(self, make: Any, train: Examples, valid: Examples, diary: Diary) -> tuple[float, float]:
        """The pair with the lowest validation error, the first of equal ones; nothing is fitted for one."""
        pairs = [(C, gamma) for C in self.C for gamma in self.gamma]
        if len(pairs) == 1:
            return pairs[0]
        errors = {(row["C"], row["gamma"]): row["valid_error"] for row in diary.rows}
        for C, gamma in pairs:
            if (C, gamma) in errors:
                continue
            begun = time.monotonic()
            machine = make(C=C, gamma=gamma, kernel="rbf", cache_size=CACHE).fit(train.x, train.y)
            error = float((machine.predict(valid.x) != valid.y).mean())
            row: Row = {"n": len(train), "C": C, "gamma": gamma, "valid_error": error}
            diary.keep(row | {"seconds": round(time.monotonic() - begun, 1)})
            errors[C, gamma] = error
        return min(pairs, key=lambda pair: errors[pair])
