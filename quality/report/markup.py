"""One document as HTML, for pages and notebooks: its scores, its damage along the text, its marked words.

Whatever a document holds stays text. Places are told by words, underlines and colours, never by colour alone.
`anchor` is a prefix for the ids that other parts of a page link to; without it there are neither ids nor links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from quality.document import KINDS, LEARNED_KINDS, Finding, Kind, ParagraphReport, Report
from quality.gate.problems import with_suggestion
from quality.report.escape import escaped
from quality.report.text import KIND_NAMES, VERDICT_NAMES, without_overlaps

__all__ = [
    "SCORED_KINDS",
    "bar",
    "finding_table",
    "legend",
    "marked",
    "paragraph_line",
    "prose_markup",
    "score_list",
    "sheet",
    "strip",
    "text_markup",
    "verdict_words",
]

#: Kinds that a document has a score of.
SCORED_KINDS: Final[Sequence[Kind]] = tuple(kind for kind in KINDS if kind != "foreign_language")
#: A paragraph's score is shown in this many shades.
_SHADES: Final = 5
#: Units of the drawing of a strip: as many as a wide screen has points.
_STRIP: Final = 1000
#: Most parts of a strip: at fewer than two units they run into each other.
_STRIP_PARTS: Final = 500
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FAMILIES: Final = {
    "M": "machine translation",
    "S": "spinning",
    "B": "boilerplate",
    "X": "scripts and encoding",
    "L": "language",
}


@cache
def sheet(name: str) -> str:
    """A style sheet or script of this package."""
    return files("quality.report").joinpath(name).read_text(encoding="utf-8")


# --- parts ------------------------------------------------------------------------------------------


def score_list(report: Report) -> str:
    """Each score as a bar with its number, and what it is compared with."""
    rows = []
    for kind in SCORED_KINDS:
        score, threshold = report.scores.get(kind), report.thresholds.get(kind)
        if score is None:
            rows.append(f"<dt>{KIND_NAMES[kind]}</dt><dd>not judged</dd>")
            continue
        against = "" if threshold is None else f", threshold {threshold:.2f}"
        share = "" if kind in LEARNED_KINDS else " of the words"
        rows.append(f"<dt>{KIND_NAMES[kind]}</dt><dd>{bar(score, threshold)}{score:.2f}{share}{against}</dd>")
    return f'<dl class="scores">{"".join(rows)}</dl>\n'


def bar(score: float, threshold: float | None) -> str:
    """A score in 0..1 as a bar, with a mark where its threshold is; the number belongs beside it."""
    called = " called" if threshold is not None and score >= threshold else ""
    mark = "" if threshold is None else f'<line x1="{threshold * 100:.1f}" x2="{threshold * 100:.1f}" y2="10"/>'
    return (
        f'<svg class="bar{called}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{score * 100:.1f}" height="10"/>{mark}</svg>'
    )


def strip(paragraphs: Sequence[ParagraphReport], *, anchor: str = "") -> str:
    """A bar across the document: each paragraph as wide as it has words, as dark as it is damaged.

    Of more paragraphs than can be told apart, the worst of each few stands for all of them.
    """
    few = max(1, -(-len(paragraphs) // _STRIP_PARTS))
    groups = [paragraphs[at : at + few] for at in range(0, len(paragraphs), few)]
    total = max(1, sum(max(1, paragraph.words) for paragraph in paragraphs))
    at = 0.0
    parts = []
    for group in groups:
        paragraph = max(group, key=_darkness)
        width = sum(max(1, member.words) for member in group) / total * _STRIP
        title = text_markup(_paragraph_title(paragraph))
        part = (
            f'<rect class="{_shade(paragraph)}" x="{at:.2f}" width="{width:.2f}" height="24">'
            f"<title>{title}</title></rect>"
        )
        link = f'<a href="#{anchor}p{paragraph.index}" aria-label="{title}">'
        parts.append(f"{link}{part}</a>" if anchor else part)
        at += width
    return (
        f'<svg class="strip" viewBox="0 0 {_STRIP} 24" preserveAspectRatio="none" role="group" '
        f'aria-label="Damage by paragraph">{"".join(parts)}</svg>\n'
    )


def paragraph_line(
    text: str, paragraph: ParagraphReport, label: str, *, anchor: str = "", part: tuple[int, int] | None = None
) -> str:
    """A paragraph of `text`, or a part of it (offsets), with its words marked and `label` beside it."""
    start, end = part or (paragraph.start, paragraph.end)
    pieces = ["…" if start > paragraph.start else ""]
    at = start
    for finding in marked(paragraph):
        if finding.start == finding.end or finding.start < start or finding.end > end:
            continue
        pieces.append(prose_markup(text[at : finding.start]))
        words = prose_markup(text[finding.start : finding.end])
        pieces.append(
            f'<mark class="{finding.code[0]}" tabindex="0" data-code="{finding.code}" '
            f'aria-description="{text_markup(_reason(finding))}">{words}</mark>'
        )
        at = finding.end
    pieces += [prose_markup(text[at:end]), "…" if end < paragraph.end else ""]
    place = f' id="{anchor}p{paragraph.index}" tabindex="-1"' if anchor else ""
    return (
        f'<p class="text {_shade(paragraph)}"{place}><span class="line" '
        f'title="{text_markup(_paragraph_title(paragraph))}">{label}</span>{"".join(pieces)}</p>\n'
    )


def marked(paragraph: ParagraphReport) -> list[Finding]:
    """The findings of a paragraph that can be marked beside each other, the heaviest where they overlap."""
    return without_overlaps(sorted(paragraph.findings, key=lambda f: (-f.weight, f.start, f.end)))


def finding_table(
    rows: Iterable[tuple[ParagraphReport, Finding]],
    place: Callable[[ParagraphReport, Finding], str],
    note: Callable[[Finding], str] = lambda _: "",
    *,
    anchor: str = "",
) -> str:
    """Findings with their places, reasons and suggestions, a row each; `note` follows the reason."""
    shown = []
    for paragraph, finding in rows:
        where = text_markup(place(paragraph, finding))
        where = f'<a href="#{anchor}p{paragraph.index}">{where}</a>' if anchor else where
        shown.append(
            f"<tr><td>{where}</td><td>{finding.code}</td><td>{text_markup(finding.message + note(finding))}</td>"
            f'<td>{text_markup(_alternatives(finding))}</td><td class="number">{finding.weight:.1f}</td></tr>\n'
        )
    return (
        '<div class="scroll"><table class="findings"><thead><tr><th scope="col">Place</th><th scope="col">Code</th>'
        '<th scope="col">Why</th><th scope="col">Probably</th><th scope="col" class="number">Weight</th></tr></thead>'
        f"<tbody>\n{''.join(shown)}</tbody></table></div>"
    )


def legend() -> str:
    """What the marks mean."""
    parts = "".join(f'<li><mark class="{letter}">{name}</mark> {letter}</li>' for letter, name in _FAMILIES.items())
    return f'<ul class="legend" aria-label="Marks">{parts}</ul>\n'


# --- words ------------------------------------------------------------------------------------------


def verdict_words(report: Report) -> str:
    """The verdict with the kinds of damage, or with why there is none."""
    if report.error is not None:
        return f"{VERDICT_NAMES[report.verdict]}: {report.error}"
    kinds = ", ".join(KIND_NAMES[kind] for kind in report.kinds)
    return f"{VERDICT_NAMES[report.verdict]}: {kinds}" if kinds else VERDICT_NAMES[report.verdict]


def text_markup(text: str) -> str:
    """Text that is nothing but text: markup escaped, and characters that steer or reorder lines written out."""
    return escape(escaped(text))


def prose_markup(text: str) -> str:
    """The same, with lines and tabs as they are."""
    return "\n".join("\t".join(map(text_markup, line.split("\t"))) for line in _LINE_END.split(text))


def _paragraph_title(paragraph: ParagraphReport) -> str:
    scores = [
        f"{KIND_NAMES[kind]} {score:.2f}"
        for kind in KINDS
        if (score := paragraph.scores.get(kind)) is not None and (score >= 0.5 or kind in paragraph.kinds)
    ]
    kinds = ", ".join(scores) or VERDICT_NAMES[paragraph.verdict]
    return f"Paragraph {paragraph.index + 1}: {kinds}"


def _shade(paragraph: ParagraphReport) -> str:
    """Furniture and foreign paragraphs have a look of their own; of the rest the worst score decides."""
    judged = [score for kind in LEARNED_KINDS if (score := paragraph.scores.get(kind)) is not None]
    if paragraph.verdict == "damaged":
        return f"d{_SHADES}"
    if "boilerplate" in paragraph.kinds or "foreign_language" in paragraph.kinds:
        return "aside"
    # The darkest shade is for what is called.
    return f"d{min(_SHADES - 1, int(max(judged) * _SHADES))}" if judged else "unjudged"


def _darkness(paragraph: ParagraphReport) -> tuple[bool, float]:
    return paragraph.verdict == "damaged", max((paragraph.scores.get(kind) or 0.0 for kind in LEARNED_KINDS), default=0)


def _reason(finding: Finding) -> str:
    told = with_suggestion(finding)
    return f"{finding.code}: {told}" + (f" (or {', '.join(finding.alternatives)})" if finding.alternatives else "")


def _alternatives(finding: Finding) -> str:
    return ", ".join(dict.fromkeys([*filter(None, [finding.suggestion]), *finding.alternatives]))
