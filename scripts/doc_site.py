"""What MkDocs does for the site beyond its own: pages that are made from code or stand outside docs/, and outputs.

Nothing that a command or a docstring says is written a second time by hand: the pages of commands and codes come from
`--help` and `quality explain`, and where a page has the mark of an output stands what the block before it prints now.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final

import click
from doc_blocks import OUTPUT, ROOT, outputs
from mkdocs.structure.files import File, Files

from quality.cli import cli
from quality.findings import CODES, code_titles, explain_code

#: Files of the repository that are pages too, and their place on the site.
_ELSEWHERE: Final = {
    "LIMITS.md": "limits.md",
    "CHANGELOG.md": "changelog.md",
    "models/MODEL_CARD.md": "models/card.md",
    "models/EVALUATION.md": "models/evaluation.md",
    "models/MANIFEST.toml": "models/MANIFEST.toml",
}
_FAMILIES: Final = {
    "M": "Machine translation",
    "S": "Spinning",
    "B": "Boilerplate",
    "X": "Scripts and encoding",
    "L": "Language",
}
#: What a browser would load from another host.
_LOADED: Final = re.compile(r'<(?:script|img|iframe|link(?=[^>]*rel="?(?:stylesheet|icon|preconnect)))[^>]*="?https?:')
_LINK: Final = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)#\s:]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that are not in docs/."""
    for source, place in _ELSEWHERE.items():
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=_linked(content, source, place)))
    for place, content in (("reference/commands.md", _commands()), ("reference/codes.md", _codes())):
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Puts outputs in, and leads links out of docs/ to where their targets are on the site."""
    path = page.file.abs_src_path
    if path is None or ROOT not in Path(path).parents:
        return markdown
    if OUTPUT in markdown:
        for printed in outputs(Path(path)):
            markdown = markdown.replace(OUTPUT, f"```text\n{printed.rstrip()}\n```", 1)
    return _linked(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> None:
    """Warns, which fails a strict build, of a page that cannot be read without network."""
    if found := _LOADED.search(output):
        logging.getLogger("mkdocs.hooks").warning("%s loads from another host: %s", page.file.src_uri, found[0])


def _linked(markdown: str, source: str, place: str) -> str:
    """The links of a file of the repository as they must be on the site; what is not on it is only named."""

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[2]))
        on_site = _ELSEWHERE.get(target, target.removeprefix("docs/") if target.startswith("docs/") else None)
        if on_site is None:
            return match[1]
        return f"[{match[1]}]({posixpath.relpath(on_site, posixpath.dirname(place) or '.')}{match[3] or ''})"

    return _LINK.sub(link, markdown)


def _commands() -> str:
    parts = ["# Commands\n\nWhat `--help` says. All exit statuses are told by `quality --help`, the first one here.\n"]
    for name, command in _walk("quality", cli):
        context = click.Context(command, info_name=name, terminal_width=76, **cli.context_settings)
        parts.append(f"## `{name}`\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _walk(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    inner = command.commands if isinstance(command, click.Group) else {}
    return [(name, command), *(found for key, one in sorted(inner.items()) for found in _walk(f"{name} {key}", one))]


def _codes() -> str:
    parts = [
        "# Codes\n\nWhat `quality explain CODE` says of each. Codes go by hundreds; a prefix chooses all that begin so "
        "(`--select M`, `--ignore S20`).\n"
    ]
    family = ""
    order = list(_FAMILIES)
    titles = code_titles()
    for code in sorted(CODES, key=lambda one: (order.index(one[0]), one)):
        if code[0] != family:
            family = code[0]
            parts.append(f"## {_FAMILIES[family]}\n")
        body = explain_code(code).split("\n", 1)[1].strip()
        parts.append(f"### {code} {titles[code].rstrip('.')} {{ #{code.lower()} }}\n\n{body}\n")
    return "\n".join(parts)
