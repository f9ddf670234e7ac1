"""Reports in a notebook: a document with its marked words, or a list of documents as a table with bars.

A display is one element that brings its style sheet; nothing in it runs, and nothing of a document is markup. It is
dark where the notebook says that it is (Jupyter, VS Code, Colab), whatever the system prefers. Long documents are
shown in part, since a notebook keeps every display in its file: `show(..., whole=True)` shows all of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from quality.document import Finding, Kind, ParagraphReport, Report
from quality.gate.places import Places
from quality.report.markup import (
    SCORED_KINDS,
    bar,
    finding_table,
    legend,
    marked,
    paragraph_line,
    score_list,
    sheet,
    strip,
    text_markup,
    verdict_words,
)
from quality.report.text import KIND_NAMES, Tally, excerpt_bounds, language_name, summary_line

__all__ = ["Shown", "report_markup", "reports_markup", "show"]

#: A document of at most so many paragraphs and code points is shown whole: about four screens.
_PARAGRAPHS: Final = 40
_TEXT: Final = 15_000
#: Of a longer one, so many paragraphs, and of each of them so many code points.
_CHOSEN: Final = 10
_EXCERPT: Final = 1200
#: Up to this length the rest can be folded out; beyond it, it would weigh the notebook down (code points).
_FOLDED: Final = 100_000
#: Findings in the table, heaviest first, and documents in a list.
_FINDINGS: Final = 30
_DOCUMENTS: Final = 60

#: Scores with a bar in a list; of the others any that is not near nought is damage already.
_DRAWN: Final[Sequence[Kind]] = ("machine_translation", "spinning", "boilerplate")

#: Where a notebook says that it is dark: Jupyter, VS Code, Colab, Sphinx and mkdocs themes.
_DARK: Final = (
    '[data-jp-theme-light="false"]',
    ".vscode-dark",
    'html[theme="dark"]',
    '[data-theme="dark"]',
    '[data-md-color-scheme="slate"]',
)


class Shown:
    """What a notebook shows as the value of a cell."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    def _repr_html_(self) -> str:
        return self._markup

    def __repr__(self) -> str:
        return self._text


def show(what: Report | Iterable[Report], *, whole: bool = False) -> Shown:
    """A display of a report, or of several as a table; `whole` leaves nothing out, however long it is."""
    if isinstance(what, Report):
        return Shown(report_markup(what, whole=whole), str(what))
    reports = list(what)
    return Shown(reports_markup(reports, whole=whole), "\n".join(map(repr, reports)))


def report_markup(report: Report, *, whole: bool = False) -> str:
    """One document: verdict, scores, damage along the text, and the text with its marked words."""
    name = f"<strong>{text_markup(_name(report))}</strong>"
    verdict = f'<span class="{report.verdict}">{text_markup(verdict_words(report))}</span>'
    if report.error is not None:
        return _display(f"<p>{name} · {verdict}</p>\n")
    parts = [
        f"<p>{name} · {verdict} · {text_markup(language_name(report.language))} · {report.words} words</p>\n",
        score_list(report),
    ]
    if report.paragraphs:
        parts += [strip(report.paragraphs), *_text(report, whole=whole), _findings(report, whole=whole)]
    parts.append(f'<p class="hint">{text_markup(report.signature)}</p>\n')
    return _display("".join(parts))


def reports_markup(reports: Sequence[Report], *, whole: bool = False) -> str:
    """Several documents as a table: verdicts, and scores as bars."""
    tally = Tally()
    for report in reports:
        tally.add(report)
    shown = list(reports)
    left = 0 if whole else max(0, len(shown) - _DOCUMENTS)
    if left:
        shown = sorted(shown, key=lambda report: report.verdict != "damaged")[:_DOCUMENTS]
    columns = ["Document", "Verdict", "Language", "Words", *(KIND_NAMES[kind].capitalize() for kind in SCORED_KINDS)]
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    parts = [f"<p>{text_markup(summary_line(tally, {}))}</p>\n"]
    parts.append(f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>\n')
    parts += map(_row, shown)
    parts.append("</tbody></table></div>\n")
    if left:
        parts.append(
            f'<p class="hint">Damaged documents stand first; {left} more are not shown: '
            "<code>quality.show(reports, whole=True)</code>.</p>\n"
        )
    return _display("".join(parts))


def _row(report: Report) -> str:
    cells = [
        f'<th scope="row">{text_markup(_name(report))}</th>',
        f'<td class="{report.verdict}">{text_markup(verdict_words(report))}</td>',
        f"<td>{text_markup(language_name(report.language))}</td>",
        f'<td class="number">{report.words}</td>',
    ]
    for kind in SCORED_KINDS:
        score = report.scores.get(kind)
        drawn = "" if score is None or kind not in _DRAWN else f"{bar(score, report.thresholds.get(kind))} "
        shown = "–" if score is None else f"{drawn}{score:.2f}"
        called = " called" if kind in report.kinds else ""
        cells.append(f'<td class="score{called}">{shown}</td>')
    return f"<tr>{''.join(cells)}</tr>\n"


def _text(report: Report, *, whole: bool) -> list[str]:
    """The paragraphs, or of a long document those that tell most, with a way to the others."""
    if not report.text:
        return ['<p class="hint">The report does not hold its text.</p>\n']
    places = Places(report.text)
    complete = [legend()]
    if whole or (len(report.paragraphs) <= _PARAGRAPHS and len(report.text) <= _TEXT):
        return complete + [_line(report, paragraph, places) for paragraph in report.paragraphs]
    chosen = _chosen(report)
    parts = [legend()]
    before = [-1, *(paragraph.index for paragraph in chosen), len(report.paragraphs)]
    for (last, following), paragraph in zip(pairwise(before), [*chosen, None], strict=True):
        if following - last > 1:
            parts.append(f'<p class="hint">… {_count(following - last - 1, "paragraph")} …</p>\n')
        if paragraph is not None:
            parts.append(_line(report, paragraph, places, part=_part(report, paragraph)))
    if len(report.text) <= _FOLDED:
        lines = "".join(_line(report, paragraph, places) for paragraph in report.paragraphs)
        parts.append(f"<details><summary>The whole text</summary>\n{lines}</details>\n")
    else:
        parts.append(
            '<p class="hint">Shown in part: <code>quality.show(report, whole=True)</code> shows all of it.</p>\n'
        )
    return parts


def _chosen(report: Report) -> list[ParagraphReport]:
    """The worst paragraphs in order of the text; the first ones where nothing is wrong."""

    def badness(paragraph: ParagraphReport) -> tuple[bool, float, int]:
        weight = sum(finding.weight for finding in paragraph.findings)
        return paragraph.verdict == "damaged", weight, -paragraph.index

    worst = sorted(report.paragraphs, key=badness, reverse=True)[:_CHOSEN]
    return sorted(worst, key=lambda paragraph: paragraph.index)


def _part(report: Report, paragraph: ParagraphReport) -> tuple[int, int]:
    if paragraph.end - paragraph.start <= _EXCERPT:
        return paragraph.start, paragraph.end
    return excerpt_bounds(report.text, paragraph, marked(paragraph), _EXCERPT)


def _line(report: Report, paragraph: ParagraphReport, places: Places, *, part: tuple[int, int] | None = None) -> str:
    return paragraph_line(report.text, paragraph, str(places.of(paragraph.start)[0]), part=part)


def _findings(report: Report, *, whole: bool) -> str:
    rows = [(paragraph, finding) for paragraph in report.paragraphs for finding in paragraph.findings]
    if not rows:
        return ""
    shown = sorted(rows, key=lambda row: -row[1].weight)[: None if whole else _FINDINGS]
    places = Places(report.text)

    def place(_: ParagraphReport, finding: Finding) -> str:
        return "{}:{}".format(*places.of(finding.start))

    named = (
        f"All findings ({len(rows)})"
        if len(shown) == len(rows)
        else f"The heaviest {len(shown)} of {len(rows)} findings"
    )
    return f"<details><summary>{named}</summary>\n{finding_table(shown, place)}</details>\n"


def _display(markup: str) -> str:
    # One rule around all of the sheet, doubled so that it weighs more than a notebook's own rules for tables.
    dark = ", ".join(f"{where} .quality-report" for where in _DARK)
    rules = sheet("document.css") + sheet("notebook.css")
    style = f".quality-report.quality-report {{\n{rules}}}\n{dark} {{ color-scheme: dark; }}\n"
    return f'<div class="quality-report"><style>{style}</style>\n{markup}</div>'


def _name(report: Report) -> str:
    if report.path is not None and report.id is not None:
        return f"{report.path} ({report.id})"
    return report.path or report.id or "text"


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
