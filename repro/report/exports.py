"""The claims and Table 1 as CSV and LaTeX, for people who write about them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from repro.report import claims
from repro.report.parts import Drawn, by_exhibit

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_SIGNS = {
    "∂": r"$\partial$",
    "ε": r"$\varepsilon$",
    "θ": r"$\theta$",
    "∞": r"$\infty$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "Δ": r"$\Delta$",
    "σ": r"$\sigma$",
    "κ": r"$\kappa$",
    "Σ": r"$\Sigma$",
    "√": r"$\surd$",
    "·": r"$\cdot$",
    "‖": r"$\|$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "×": r"$\times$",
    "²": r"\textsuperscript{2}",
}


def files(drawn: Sequence[Drawn], judged: Sequence[claims.Row]) -> dict[str, bytes]:
    """claims.csv, claims.tex and, where Table 1 was drawn, table1.csv, table1.tex: name → content."""
    known = pd.DataFrame([claims.as_text(row) for row in judged])
    table = known[["id", "section", "claim", "outcome", "ours", "paper", "conditions"]]
    found = {
        "claims.csv": table.to_csv(index=False),
        "claims.tex": latex(
            table.drop(columns="section"),
            "lp{0.26\\linewidth}lp{0.2\\linewidth}p{0.14\\linewidth}p{0.12\\linewidth}",
        ),
    }
    parts = by_exhibit(drawn).get("table1")
    if parts:
        rows = parts[0].evidence.tables["points"]
        found["table1.csv"] = rows.to_csv(index=False, float_format="%.6g")
        found["table1.tex"] = latex(table1(rows))
    return {name: text.encode() for name, text in found.items()}


def table1(rows: pd.DataFrame) -> pd.DataFrame:
    """Table 1: a row per model; per data set ours ± standard error and the paper's, the best in bold."""
    columns: dict[str, list[str]] = {}
    models = list(dict.fromkeys(rows["model"]))
    for dataset, own in rows.groupby("dataset", sort=False):
        cells = own.set_index("model").loc[models]
        if cells["error"].notna().any():
            columns[f"{dataset}, ours"] = [
                _cell(r["error"], r["bold"], f" ± {r['se']:.2f}") for _, r in cells.iterrows()
            ]
        columns[f"{dataset}, paper"] = [_cell(r["paper"], r["paper_bold"]) for _, r in cells.iterrows()]
    return pd.DataFrame({"model": models, **columns})


def _cell(error: float, bold: Any, after: str = "") -> str:
    if math.isnan(error):
        return ""
    return (f"**{error:.2f}**" if bold == True else f"{error:.2f}") + after  # noqa: E712, may be nan


def latex(table: pd.DataFrame, columns: str = "") -> str:
    """A tabular in the style of booktabs; `**bold**` becomes bold, everything else is escaped."""
    spec = columns or "l" + "r" * (len(table.columns) - 1)
    lines = [" & ".join(map(escape, row)) + r" \\" for row in table.astype(str).to_numpy()]
    head = " & ".join(map(escape, map(str, table.columns))) + r" \\"
    body = "\n".join(lines)
    return (
        "% needs \\usepackage{booktabs}\n"
        f"\\begin{{tabular}}{{{spec}}}\n\\toprule\n{head}\n\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n"
    )


def escape(text: str) -> str:
    """Text for LaTeX; `**bold**` is kept as such."""
    parts = re.split(r"\*\*(.+?)\*\*", text)
    plain = ["".join(_SPECIAL.get(c) or _SIGNS.get(c) or c for c in part) for part in parts]
    return "".join(rf"\textbf{{{part}}}" if number % 2 else part for number, part in enumerate(plain))
