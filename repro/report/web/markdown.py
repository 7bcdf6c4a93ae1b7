"""The pages of exhibits as HTML: one text, two places. Whatever is in it is escaped."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token


def html(text: str, folder: str) -> str:
    """A page as HTML without its title and picture, headings two levels further down.

    folder: of the page, relative to the report; its links lead there, or to an exhibit inside the report.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    tokens = [token for token in _untitled(parser.parse(text)) if not _is_picture(token)]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 2}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", target(str(child.attrGet("href")), folder))
    return str(parser.renderer.render(tokens, parser.options, {}))


def target(link: str, folder: str) -> str:
    """Where a link of a page leads from the report: a page of an exhibit is inside it."""
    if re.match(r"[a-z]+:|#", link):
        return link
    inside = re.fullmatch(r"(?:\.\./)+(?:(\w+)/)?(\w+)/(?:README\.md)?", link)
    return f"#{inside[2]}" if inside else f"{folder}/{link}"


def _untitled(tokens: Sequence[Token]) -> list[Token]:
    """Without the first heading."""
    if tokens and tokens[0].type == "heading_open":
        return list(tokens[3:])
    return list(tokens)


def _is_picture(token: Token) -> bool:
    return [child.type for child in token.children or ()] == ["image"]


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n'


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"
