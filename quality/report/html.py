"""A report as one HTML file: a list of documents that can be sorted, and each with its marked words.

Everything is in the file, and nothing in it runs but the script below: the content policy allows that script and that
style sheet by their digests alone, so that whatever a document holds stays text. Without the script the report is
whole, but its list is not sorted. Places in the text are told by words, underlines and colours, never by colour alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from quality.document import Finding, ParagraphReport, Report
from quality.errors import ReadError
from quality.gate import Judged, Places
from quality.report.markup import (
    SCORED_KINDS,
    finding_table,
    legend,
    paragraph_line,
    score_list,
    sheet,
    strip,
    text_markup,
    verdict_words,
)
from quality.report.text import KIND_NAMES, VERDICT_NAMES, Tally, language_name, summary_line

__all__ = ["html_report"]


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
    style, script = sheet("document.css") + sheet("report.css"), sheet("report.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>quality report</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#list">To the list of documents</a>\n'
        f"<header>\n<h1>quality report</h1>\n<p>{text_markup(summary)}</p>\n"
    )
    for error in errors:
        yield f'<p class="error">Could not be read: {text_markup(str(error))}</p>\n'
    yield (
        f'{legend()}<p class="hint">Point at marked words, or reach them with the Tab key, to read why they are marked '
        "and what they probably were.</p>\n</header>\n<main>\n"
    )
    yield from _list(rows, tally)
    yield from views
    yield f"</main>\n<footer><p>{text_markup(signature)}</p></footer>\n<script>{script}</script>\n</body>\n</html>\n"


# --- the list ---------------------------------------------------------------------------------------


def _list(rows: Sequence[str], tally: Tally) -> Iterator[str]:
    columns = ["Document", "Verdict", "Language", "Words", *(KIND_NAMES[kind].capitalize() for kind in SCORED_KINDS)]
    options = "".join(
        f'<option value="{verdict}">{text_markup(VERDICT_NAMES[verdict])} ({count})</option>'
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
    name = text_markup(_name(judged))
    name = f'<a href="#d{number}">{name}</a>' if viewed else name
    cells = [
        f'<th scope="row">{name}</th>',
        f'<td class="{report.verdict}">{text_markup(verdict_words(report))}</td>',
        f"<td>{text_markup(language_name(report.language))}</td>",
        f'<td class="number" data-value="{report.words}">{report.words}</td>',
    ]
    for kind in SCORED_KINDS:
        score, threshold = report.scores.get(kind), report.thresholds.get(kind)
        called = score is not None and threshold is not None and score >= threshold
        shown = "–" if score is None else f"<strong>{score:.2f}</strong>" if called else f"{score:.2f}"
        cells.append(f'<td class="number" data-value="{-1 if score is None else score}">{shown}</td>')
    return f'<tr data-verdict="{report.verdict}">{"".join(cells)}</tr>\n'


# --- one document -----------------------------------------------------------------------------------


def _view(judged: Judged, number: int) -> str:
    report = judged.report
    name = text_markup(_name(judged))
    facts = f"{text_markup(language_name(report.language))} · {report.words} words"
    shown = [f'<article id="d{number}" data-verdict="{report.verdict}" aria-labelledby="d{number}-title">\n']
    shown.append(f'<h2 id="d{number}-title">{name}</h2>\n')
    shown.append(f'<p><span class="{report.verdict}">{text_markup(verdict_words(report))}</span> · {facts}</p>\n')
    shown += [score_list(report), strip(report.paragraphs, anchor=f"d{number}")]
    statuses = {(p.code, p.start, p.end): p.status for p in judged.problems if p.subject == "finding"}
    places = Places(report.text)
    record = judged.document.line
    for paragraph in report.paragraphs:
        label = str(paragraph.index + 1) if record is not None else str(places.of(paragraph.start)[0])
        shown.append(paragraph_line(report.text, paragraph, label, anchor=f"d{number}"))
    shown.append(_findings(report, statuses, places, number, record))
    shown.append('<p class="back"><a href="#list">Back to the list</a></p>\n</article>\n')
    return "".join(shown)


def _findings(
    report: Report, statuses: Mapping[tuple[str, int, int], str], places: Places, number: int, record: int | None
) -> str:
    if not report.findings:
        return ""

    def place(paragraph: ParagraphReport, finding: Finding) -> str:
        return str(paragraph.index + 1) if record is not None else "{}:{}".format(*places.of(finding.start))

    def note(finding: Finding) -> str:
        status = statuses.get((finding.code, finding.start, finding.end), "")
        return f" ({status})" if status in ("ignored", "accepted") else ""

    rows = [(paragraph, finding) for paragraph in report.paragraphs for finding in paragraph.findings]
    table = finding_table(rows, place, note, anchor=f"d{number}")
    return f"<details><summary>All findings ({len(rows)})</summary>\n{table}</details>\n"


# --- words ------------------------------------------------------------------------------------------


def _name(judged: Judged) -> str:
    report = judged.report
    name = report.path or "-"
    name += f":{judged.document.line}" if judged.document.line is not None else ""
    return name + (f" ({report.id})" if report.id is not None else "")


# --- parts ------------------------------------------------------------------------------------------


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
