"""python -m repro.report                       the published study: runs of figures/runs, report in figures/
python -m repro.report runs=runs             your own runs: report in results/
python -m repro.report runs=runs,figures/runs scale=quick,lab out=results/both
python -m repro.report publish runs=runs     copy finished runs, without weights, to figures/runs

Nothing is trained: every exhibit is drawn at every scale at which all its runs are there. The report:
    README.md        all claims of the paper at a glance, then the gallery
    claims.json      the same for programs; claims and table1 as .csv and .tex for people who write
    report.html      everything in one file that needs no network
    <scale>/<exhibit>/   picture, numbers, verdicts and page of each exhibit

runs=     folders of runs, separated by commas; of one experiment the first folder's run counts
scale=    some of smoke, quick, lab, paper; all but smoke unless given
out=      where the report goes: figures for the published runs, results for yours

Exit code 0: done; 1: something could not be drawn, and is named; 2: a setting can't be used.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape

from repro.experiment.values import ConfigError, unknown_key
from repro.files import write_atomically
from repro.report.drawn import destination
from repro.report.study import SCALES, TRAINED, Study, complete_runs, study
from repro.terminal import refused

PUBLISHED = Path("figures/runs")
TITLE = "The reproduced figures and claims"


class Request(NamedTuple):
    """What the command line asks for."""

    publish: bool
    runs: list[Path]
    scales: list[str]
    out: Path
    settings: str  # as given, for the page


def parse(words: Sequence[str]) -> Request:
    """Raises ConfigError for a word or key that isn't known."""
    plain = [word for word in words if "=" not in word]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    if plain not in ([], ["publish"]):
        raise ConfigError(f"{' '.join(plain)}: expected publish, or only settings such as runs=runs")
    for key in given:
        if key not in ("runs", "scale", "out"):
            raise ConfigError(unknown_key(key, ["runs", "scale", "out"]))
    roots = [Path(word) for word in given.get("runs", str(PUBLISHED)).split(",") if word]
    scales = [word for word in given.get("scale", ",".join(TRAINED)).split(",") if word]
    for scale in scales:
        if scale not in SCALES:
            raise ConfigError(f"scale = {scale}: expected some of {', '.join(SCALES)}")
    own = roots != [PUBLISHED]
    if plain and not own:
        raise ConfigError("publish: name the folder of the runs, such as runs=runs")
    out = destination(given.get("out", "results" if own else "figures"))
    return Request(bool(plain), roots, scales, out, "".join(f" {word}" for word in words))


def main(words: Sequence[str]) -> int:
    """The exit code of `python -m repro.report` with these arguments."""
    if {"-h", "--help"} & set(words):
        print(__doc__)
        return 0
    try:
        request = parse(words)
        found = study(complete_runs(request.runs), request.scales)
        if not any(part.runs for part in found.parts):
            raise ConfigError(
                f"no exhibit has all its runs in {', '.join(map(str, request.runs))}; make them with "
                "python -m repro.reproduce, or name their folder with runs="
            )
        console = Console()
        return publish(found, console) if request.publish else report(request, found, console)
    except ConfigError as error:
        return refused(error)


def publish(found: Study, console: Console) -> int:
    """Copy the runs that some exhibit draws."""
    from repro.report.publish import publish

    new, size = publish(found.runs, PUBLISHED)
    console.print(
        f"published {new} new runs of {len(found.runs)} in {PUBLISHED}/ ({size / 1e6:.1f} MB in all)"
    )
    console.print("python -m repro.report draws them")
    return 0


def report(request: Request, found: Study, console: Console) -> int:
    """Draw everything, then write the report."""
    from repro.report import claims, exports, overview
    from repro.report.parts import draw
    from repro.report.web import page

    begun = time.monotonic()
    drawn, failed = draw(found, request.out)
    for name, why in failed.items():
        console.print(f"[red]not drawn[/] {name}: {escape(why)}", highlight=False, soft_wrap=True)
    judged = claims.rows(drawn)
    files = {"claims.json": claims.to_json(judged), **exports.files(drawn, judged)}
    names = [name for name in files if name != "claims.json"]
    files["README.md"] = overview.render(TITLE, drawn, judged, request.settings, names).encode()
    files["report.html"] = page.build(drawn, found.runs, judged, request.out, {**found.missing, **failed})
    for name, content in files.items():
        write_atomically(request.out / name, content)
    size = len(files["report.html"]) / 1e6
    html = (request.out / "report.html").resolve().as_uri()
    console.print(
        f"{len(drawn)} exhibits from {len(found.runs)} runs in {time.monotonic() - begun:.0f} s; open {html} "
        f"({size:.1f} MB)",
        highlight=False,
        soft_wrap=True,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
