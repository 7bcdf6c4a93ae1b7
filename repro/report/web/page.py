"""report.html: the template, filled. It needs no other file and no network."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs

from repro.drawing import style
from repro.evidence.verdict import Verdict
from repro.report import claims, exports, prose
from repro.report.parts import Drawn, by_exhibit, shorter
from repro.report.web import curves, densities, live, markdown, runtable, surface
from repro.runs.folder import Run

FOLDER = Path(__file__).parent
WIDTH, NARROW = 1500, 1000
"""Pixels of a picture: of the longest training of an exhibit, and of the others."""
CSS_CLASSES = {
    **dict.fromkeys(("reproduced", "supported", "fitted"), "good"),
    "holds so far": "good so-far",
    "partly": "mixed",
    **dict.fromkeys(("not reproduced", "not supported", "not fitted"), "bad"),
    "fails so far": "bad so-far",
}
"""Colour of an outcome; what isn't here is grey."""


def build(
    drawn: Sequence[Drawn],
    runs: Sequence[Run],
    judged: Sequence[claims.Row],
    out: Path,
    missing: Mapping[str, str],
) -> bytes:
    """The file. `out`: where the exhibits were drawn. The same input gives the same bytes.

    runs: all that are shown. missing: what was not drawn, and why.
    """
    exhibits = [_exhibit(name, parts, out) for name, parts in by_exhibit(drawn).items()]
    predictions = live.payload(runs)
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, keep_trailing_newline=True)
    environment.filters["css"] = lambda outcome: CSS_CLASSES.get(outcome, "none")
    text = environment.get_template("report.html").render(
        css=Markup(_own("style.css")),
        js=Markup("\n".join(_own(name) for name in SCRIPTS)),
        library=Markup(library()),
        data=htmlsafe_json_dumps(_data(drawn, runs, predictions), separators=(",", ":"), ensure_ascii=False),
        claims=[claims.as_text(row) for row in judged],
        n_claims=len(claims.of_paper(judged)),
        tally=claims.tally(judged),
        shorter=shorter(drawn),
        exhibits=exhibits,
        missing=sorted(missing.items()),
        runs=runtable.rows(drawn, runs),
        run_columns=runtable.COLUMNS,
        provenance=runtable.provenance(runs),
        downloads=[_download(name, content) for name, content in exports.files(drawn, judged).items()],
        live=predictions is not None,
        live_text=live.TEXT,
    )
    return text.encode()


SCRIPTS = ("page.js", "tables.js", "densities.js", "curves.js", "surface.js", "live.js", "start.js")


def _own(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def library() -> str:
    """plotly.js, compressed, as base64: 2 MB instead of 5. `page.js` unpacks it."""
    packed = gzip.compress(get_plotlyjs().encode(), 9, mtime=0)
    return base64.b64encode(packed).decode()


def _data(drawn: Sequence[Drawn], runs: Sequence[Run], predictions: Any) -> dict[str, Any]:
    """All that scripts draw from."""
    surfaces = [one for one in drawn if one.part.exhibit == "fig05"]
    longest = [one for parts in by_exhibit(drawn).values() for one in parts]
    return {
        "layers": list(style.LAYERS),
        "densities": densities.payload(runs),
        "curves": curves.payload([(one.evidence, one.part.runs) for one in longest]),
        "surface": surface.payload(surfaces[0].evidence) if surfaces else None,
        "live": predictions,
    }


def _exhibit(name: str, parts: Sequence[Drawn], out: Path) -> dict[str, Any]:
    """What the template shows of an exhibit, the longest training first."""
    shown = [_part(one, out, WIDTH if one is parts[0] else NARROW) for one in parts]
    return {"name": name, "anchor": name, "title": parts[0].title, "parts": shown}


def _part(one: Drawn, out: Path, width: int) -> dict[str, Any]:
    name, folder = one.part.exhibit, out / one.part.key
    url, size = picture(folder / f"{name}.png", width)
    text = (folder / "README.md").read_text(encoding="utf-8")
    verdicts = [{"outcome": v.outcome, "name": _named(v)} for v in one.evidence.verdicts]
    return {
        "anchor": f"{name}-{one.part.scale}",
        "scale": one.part.scale,
        "conditions": prose.conditions(one.evidence.conditions),
        "picture": url,
        "width": size[0],
        "height": size[1],
        "verdicts": verdicts,
        "html": Markup(markdown.html(text, one.part.key)),
        "n_runs": len(one.part.runs),
        "share": f"{100 * one.share:.3g} %" if one.part.runs else "no training",
    }


def _named(verdict: Verdict) -> str:
    return prose.name(verdict).replace("**", "")


def picture(path: Path, width: int) -> tuple[str, tuple[int, int]]:
    """A PNG as a data URL, at most so many pixels wide, as WebP; and its size."""
    with Image.open(path) as image:
        small = image.convert("RGB")
        if small.width > width:
            small = small.resize((width, round(small.height * width / small.width)), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=80, method=4)
    return _url("image/webp", buffer.getvalue()), small.size


def _download(name: str, content: bytes) -> dict[str, str]:
    kind = {"csv": "text/csv", "tex": "application/x-tex", "json": "application/json"}[
        name.rpartition(".")[2]
    ]
    return {"name": name, "href": _url(kind, content)}


def _url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
