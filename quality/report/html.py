"""A report as one HTML file: a list of documents that can be sorted, and each with its marked words.

Everything is in the file, and nothing in it runs but the script below: the content policy allows that script and that
style sheet by their digests alone, so that whatever a document holds stays text. Without the script the report is
whole, but its list is not sorted. Places in the text are told by words, underlines and colours, never by colour alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from quality.document import KINDS, LEARNED_KINDS, Finding, Kind, ParagraphReport, Report
from quality.errors import ReadError
from quality.gate import Judged, Places
from quality.gate.problems import with_suggestion
from quality.report.escape import escaped
from quality.report.text import KIND_NAMES, VERDICT_NAMES, Tally, language_name, summary_line, without_overlaps

__all__ = ["html_report"]

#: A paragraph's score is shown in this many shades.
_SHADES: Final = 5
#: Units of the drawing of a strip: as many as a wide screen has points.
_STRIP: Final = 1000
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FAMILIES: Final = {
    "M": "machine translation",
    "S": "spinning",
    "B": "boilerplate",
    "X": "scripts and encoding",
    "L": "language",
}


def html_report(found: Iterable[Judged], errors: Sequence[ReadError]) -> Iterator[str]:
    """The page. Documents with something to show have a view of their own; the list has all of them."""
    rows: list[str] = []
    views: list[str] = []
    tally = Tally()
    signature = ""
    for number, judged in enumerate(found, start=1):
        tally.add(judged.report)
        signature = judged.report.signature
        viewed = judged.report.verdict == "damaged" or bool(judged.report.findings)
        rows.append(_row(judged, number, viewed=viewed))
        if viewed:
            views.append(_view(judged, number))
    summary = summary_line(tally, {})
    style, script = _part("report.css"), _part("report.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>quality report</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#list">To the list of documents</a>\n'
        f"<header>\n<h1>quality report</h1>\n<p>{_text(summary)}</p>\n"
    )
    for error in errors:
        yield f'<p class="error">Could not be read: {_text(str(error))}</p>\n'
    yield f"{_legend()}</header>\n<main>\n"
    yield from _list(rows, tally)
    yield from views
    yield f"</main>\n<footer><p>{_text(signature)}</p></footer>\n<script>{script}</script>\n</body>\n</html>\n"


# --- the list ---------------------------------------------------------------------------------------


def _list(rows: Sequence[str], tally: Tally) -> Iterator[str]:
    columns = ["Document", "Verdict", "Language", "Words", *(KIND_NAMES[kind].capitalize() for kind in _scored_kinds())]
    options = "".join(
        f'<option value="{verdict}">{_text(VERDICT_NAMES[verdict])} ({count})</option>'
        for verdict, count in sorted(Counter(tally.verdicts).items())
    )
    yield '<section id="list" aria-labelledby="list-title">\n<h2 id="list-title">Documents</h2>\n'
    yield (
        '<p class="controls" hidden><label>Show <select id="verdict">'
        f'<option value="">all ({len(rows)})</option>{options}</select></label></p>\n'
    )
    yield '<div class="scroll" tabindex="0" role="region" aria-labelledby="list-title"><table>\n<thead><tr>'
    for at, column in enumerate(columns):
        numeric = ' class="number"' if at >= 3 else ""
        yield f'<th scope="col"{numeric}>{column}</th>'
    yield "</tr></thead>\n<tbody>\n"
    yield from rows
    yield "</tbody>\n</table></div>\n</section>\n"


def _row(judged: Judged, number: int, *, viewed: bool) -> str:
    report = judged.report
    name = _text(_name(judged))
    name = f'<a href="#d{number}">{name}</a>' if viewed else name
    cells = [
        f'<th scope="row">{name}</th>',
        f'<td class="{report.verdict}">{_text(_verdict(report))}</td>',
        f"<td>{_text(language_name(report.language))}</td>",
        f'<td class="number" data-value="{report.words}">{report.words}</td>',
    ]
    for kind in _scored_kinds():
        score, threshold = report.scores.get(kind), report.thresholds.get(kind)
        called = score is not None and threshold is not None and score >= threshold
        shown = "–" if score is None else f"<strong>{score:.2f}</strong>" if called else f"{score:.2f}"
        cells.append(f'<td class="number" data-value="{-1 if score is None else score}">{shown}</td>')
    return f'<tr data-verdict="{report.verdict}">{"".join(cells)}</tr>\n'


# --- one document -----------------------------------------------------------------------------------


def _view(judged: Judged, number: int) -> str:
    report = judged.report
    name = _text(_name(judged))
    facts = f"{_text(language_name(report.language))} · {report.words} words"
    shown = [f'<article id="d{number}" data-verdict="{report.verdict}" aria-labelledby="d{number}-title">\n']
    shown.append(f'<h2 id="d{number}-title">{name}</h2>\n')
    shown.append(f'<p><span class="{report.verdict}">{_text(_verdict(report))}</span> · {facts}</p>\n')
    shown += [_scores(report), _strip(report, number)]
    statuses = {(p.code, p.start, p.end): p.status for p in judged.problems if p.subject == "finding"}
    places = Places(report.text)
    record = judged.document.line
    for paragraph in report.paragraphs:
        shown.append(_paragraph(report, paragraph, number, places, record))
    shown.append(_findings(report, statuses, places, number, record))
    shown.append('<p class="back"><a href="#list">Back to the list</a></p>\n</article>\n')
    return "".join(shown)


def _scores(report: Report) -> str:
    rows = []
    for kind in _scored_kinds():
        score, threshold = report.scores.get(kind), report.thresholds.get(kind)
        if score is None:
            rows.append(f"<dt>{KIND_NAMES[kind]}</dt><dd>not judged</dd>")
            continue
        called = threshold is not None and score >= threshold
        against = "" if threshold is None else f", threshold {threshold:.2f}"
        share = "" if kind in LEARNED_KINDS else " of the words"
        mark = "" if threshold is None else f'<line x1="{threshold * 100:.1f}" x2="{threshold * 100:.1f}" y2="10"/>'
        rows.append(
            f"<dt>{KIND_NAMES[kind]}</dt>"
            f'<dd><svg class="bar{" called" if called else ""}" viewBox="0 0 100 10" preserveAspectRatio="none" '
            f'aria-hidden="true"><rect width="{score * 100:.1f}" height="10"/>{mark}</svg>'
            f"{score:.2f}{share}{against}</dd>"
        )
    return f'<dl class="scores">{"".join(rows)}</dl>\n'


def _strip(report: Report, number: int) -> str:
    """A bar across the document: each paragraph as wide as it has words, as dark as it is damaged."""
    total = max(1, sum(max(1, paragraph.words) for paragraph in report.paragraphs))
    at = 0.0
    parts = []
    for paragraph in report.paragraphs:
        width = max(1, paragraph.words) / total * _STRIP
        title = _text(_paragraph_title(paragraph))
        parts.append(
            f'<a href="#d{number}p{paragraph.index}" aria-label="{title}"><rect class="{_shade(paragraph)}" '
            f'x="{at:.2f}" width="{width:.2f}" height="24"><title>{title}</title></rect></a>'
        )
        at += width
    return (
        f'<svg class="strip" viewBox="0 0 {_STRIP} 24" preserveAspectRatio="none" role="group" '
        f'aria-label="Damage by paragraph">{"".join(parts)}</svg>\n'
    )


def _paragraph(report: Report, paragraph: ParagraphReport, number: int, places: Places, record: int | None) -> str:
    marked = without_overlaps(sorted(paragraph.findings, key=lambda f: (-f.weight, f.start, f.end)))
    pieces = []
    at = paragraph.start
    for finding in marked:
        if finding.start == finding.end:
            continue
        pieces.append(_prose(report.text[at : finding.start]))
        words = _prose(report.text[finding.start : finding.end])
        pieces.append(
            f'<mark class="{finding.code[0]}" tabindex="0" data-code="{finding.code}" '
            f'aria-description="{_text(_reason(finding))}">{words}</mark>'
        )
        at = finding.end
    pieces.append(_prose(report.text[at : paragraph.end]))
    label = str(paragraph.index + 1) if record is not None else str(places.of(paragraph.start)[0])
    return (
        f'<p id="d{number}p{paragraph.index}" class="text {_shade(paragraph)}" tabindex="-1">'
        f'<span class="line" title="{_text(_paragraph_title(paragraph))}">{label}</span>{"".join(pieces)}</p>\n'
    )


def _findings(
    report: Report, statuses: Mapping[tuple[str, int, int], str], places: Places, number: int, record: int | None
) -> str:
    if not report.findings:
        return ""
    rows = []
    for paragraph in report.paragraphs:
        for finding in paragraph.findings:
            status = statuses.get((finding.code, finding.start, finding.end), "")
            place = str(paragraph.index + 1) if record is not None else "{}:{}".format(*places.of(finding.start))
            status = f" ({status})" if status in ("ignored", "accepted") else ""
            rows.append(
                f'<tr><td><a href="#d{number}p{paragraph.index}">{place}</a></td><td>{finding.code}</td>'
                f"<td>{_text(finding.message)}{status}</td><td>{_text(_alternatives(finding))}</td>"
                f'<td class="number">{finding.weight:.1f}</td></tr>\n'
            )
    return (
        f"<details><summary>All findings ({len(rows)})</summary>\n"
        '<div class="scroll"><table class="findings"><thead><tr><th scope="col">Place</th><th scope="col">Code</th>'
        '<th scope="col">Why</th><th scope="col">Probably</th><th scope="col" class="number">Weight</th></tr></thead>'
        f"<tbody>\n{''.join(rows)}</tbody></table></div></details>\n"
    )


# --- words ------------------------------------------------------------------------------------------


def _legend() -> str:
    parts = "".join(f'<li><mark class="{letter}">{name}</mark> {letter}</li>' for letter, name in _FAMILIES.items())
    return (
        f'<ul class="legend" aria-label="Marks">{parts}</ul>\n'
        '<p class="hint">Point at marked words, or reach them with the Tab key, to read why they are marked and what '
        "they probably were.</p>\n"
    )


def _scored_kinds() -> list[Kind]:
    return [kind for kind in KINDS if kind != "foreign_language"]


def _name(judged: Judged) -> str:
    report = judged.report
    name = report.path or "-"
    name += f":{judged.document.line}" if judged.document.line is not None else ""
    return name + (f" ({report.id})" if report.id is not None else "")


def _verdict(report: Report) -> str:
    if report.error is not None:
        return f"{VERDICT_NAMES[report.verdict]}: {report.error}"
    kinds = ", ".join(KIND_NAMES[kind] for kind in report.kinds)
    return f"{VERDICT_NAMES[report.verdict]}: {kinds}" if kinds else VERDICT_NAMES[report.verdict]


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


def _reason(finding: Finding) -> str:
    told = with_suggestion(finding)
    return f"{finding.code}: {told}" + (f" (or {', '.join(finding.alternatives)})" if finding.alternatives else "")


def _alternatives(finding: Finding) -> str:
    return ", ".join(dict.fromkeys([*filter(None, [finding.suggestion]), *finding.alternatives]))


def _text(text: str) -> str:
    """Text that is nothing but text: markup escaped, and characters that steer or reorder lines written out."""
    return escape(escaped(text))


def _prose(text: str) -> str:
    """The same, with lines and tabs as they are."""
    return "\n".join("\t".join(map(_text, line.split("\t"))) for line in _LINE_END.split(text))


# --- parts ------------------------------------------------------------------------------------------


@cache
def _part(name: str) -> str:
    return files("quality.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
