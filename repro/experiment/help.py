"""What can be set, for `--help`: conf/config.yaml with its comments, the choices of each group; no Hydra."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repro.experiment.components import CONF, PACKAGES, names

GROUPS = {
    "activation": "hidden units' non-linearity",
    "init": "initial weights",
    "normalization": "before the non-linearity",
    "dataset": "where examples come from",
    "optimizer": "how gradients change the weights",
    "scale": "how long, and how large",
    "study": "a ready-made sweep, with -m",
}


def settings() -> str:
    """Groups with their choices, then all keys with their defaults, as conf/config.yaml explains them."""
    return "\n".join(
        ["Groups (group=choice):", *_groups(), "", "Keys (key=value) and their defaults:", _keys()]
    )


def _groups() -> Iterator[str]:
    for group in sorted({path.name for path in CONF.iterdir() if path.is_dir()} | set(PACKAGES)):
        own = names(group) if group in PACKAGES else ()
        files = (path.stem for path in (CONF / group).glob("*.yaml"))
        choices = ", ".join(sorted({*own, *files}))
        yield f"  {group:14} {GROUPS.get(group, '')}\n{'':17}{choices}"


def _keys() -> str:
    """config.yaml without what is Hydra's own."""
    text = (CONF / "config.yaml").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text)
    own = [block for block in blocks if not re.match(r"(defaults|hydra):", block)]
    keys = "\n".join(own).partition("\n")  # without the first line of comments, which is about commands
    lines = [line for line in keys[2].splitlines() if line and not line.startswith("# A sweep")]
    return "\n".join(f"  {line}" for line in lines)
