"""README.md of a report: all claims at a glance, then the gallery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from repro.report import claims
from repro.report.page import markdown_table
from repro.report.parts import Drawn, by_exhibit, shorter

_PAGE = """\
# {title}

{tally}

{notice}`python -m repro.report{settings}` makes this page from finished runs, with [the claims as \
JSON](claims.json), as {exports}, and `report.html` beside it: the same with sliders, learning curves, \
surfaces and theory to play with, in one file that needs no network.

## The paper's claims

{claims}

Outcomes: *reproduced*, *partly* (some of what the claim says) and *not reproduced* are verdicts under full \
conditions. *Holds so far* and *fails so far* are all that shorter training, fewer seeds or an unsearched \
learning rate allow. D1 to D6 are statements of ours, where the paper contradicts itself. \
Each rule stands on the page of its evidence, with all numbers.

## Gallery

{gallery}
"""


def render(
    title: str, drawn: Sequence[Drawn], judged: Sequence[claims.Row], settings: str, exports: Sequence[str]
) -> str:
    """The page as Markdown; links are relative to its folder. `settings`: of the command that makes it."""
    tally = ", ".join(f"{number} {outcome}" for outcome, number in claims.tally(judged))
    notice = shorter(drawn)
    return _PAGE.format(
        title=title,
        tally=f"Of the paper's {len(claims.of_paper(judged))} claims: **{tally}**.",
        notice=f"> {notice}\n\n" if notice else "",
        settings=settings,
        exports=", ".join(f"[{name}]({name})" for name in exports),
        claims=markdown_table(pd.DataFrame([_row(claims.as_text(row)) for row in judged])),
        gallery="\n\n".join(_picture(parts) for parts in by_exhibit(drawn).values()),
    )


def _row(text: Mapping[str, object]) -> dict[str, str]:
    links = text["links"]
    assert isinstance(links, list)
    return {
        "claim": f"**{text['id']}** {text['claim']} (§ {text['section']})",
        "outcome": f"**{text['outcome']}**",
        "ours": str(text["ours"]),
        "paper": str(text["paper"]),
        "conditions": str(text["conditions"]),
        "evidence": ", ".join(f"[{link['text']}]({link['key']}/README.md)" for link in links),
    }


def _picture(parts: Sequence[Drawn]) -> str:
    """The longest training's picture, which leads to its page, and links to the others."""
    first = parts[0]
    name, path = first.part.exhibit, first.part.key
    others = [f"[{one.part.scale}]({one.part.key}/README.md)" for one in parts[1:]]
    more = f" (also at scale {', '.join(others)})" if others else ""
    scale = f"scale {first.part.scale}" if first.part.runs else "no training"
    return (
        f"**[{first.title}]({path}/README.md)**, {scale}{more}\n\n"
        f"[![{first.title}]({path}/{name}.png)]({path}/README.md)"
    )
