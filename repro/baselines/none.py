"""No baseline: a network is trained."""

from __future__ import annotations

from dataclasses import dataclass

from repro.baselines import Baseline, Diary, Examples, Fitted


@dataclass(frozen=True)
class Nothing(Baseline):
    def fit(self, train: Examples, valid: Examples, test: Examples, diary: Diary) -> Fitted:
        raise NotImplementedError("networks are trained by repro.training")
