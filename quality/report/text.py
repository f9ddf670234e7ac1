"""Reports for people: what was judged, why, and the words that gave it away.

It should read well aloud to someone who never saw the tool: whole words, numbers with what they are
compared with, and no colour or mark that the words do not say as well.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from quality.document import KINDS, LEARNED_KINDS, Finding, Kind, ParagraphReport, Report, Verdict
from quality.gate import Places
from quality.language import LANGUAGE_NAMES, UNKNOWN
from quality.report.escape import escaped, one_line
from quality.report.restore import restored
from quality.report.style import Style

__all__ = [
    "KIND_NAMES",
    "VERDICT_NAMES",
    "Tally",
    "excerpt",
    "excerpt_bounds",
    "language_name",
    "summary_line",
    "text_report",
    "without_overlaps",
]

#: Paragraphs and findings shown unless everything is asked for: enough to be convinced by.
_PARAGRAPHS: Final = 3
_FINDINGS: Final = 3
#: Code points of an excerpt around the heaviest findings, about four lines.
_EXCERPT: Final = 320
#: Of these, before the first finding, so that it stands in its sentence.
_MARGIN: Final = 50
#: A finding over this share of its paragraph speaks of the paragraph as a whole: marking it would mark nothing.
_WHOLE_SHARE: Final = 0.8
_BAR: Final = 10

KIND_NAMES: Final[Mapping[str, str]] = {kind: kind.replace("_", " ") for kind in KINDS}
#: How a verdict reads in a sentence, and its colour.
_VERDICTS: Final[Mapping[Verdict, tuple[str, int]]] = {
    "damaged": ("damaged", 31),
    "clean": ("clean", 32),
    "too_short": ("too short to judge", 33),
    "unsupported_language": ("in a language not supported", 33),
    "unreadable": ("could not be read", 31),
}
VERDICT_NAMES: Final[Mapping[str, str]] = {verdict: words for verdict, (words, _) in _VERDICTS.items()}
#: Start and end of a marked place while lines are wrapped. Escaped text cannot hold them.
_OPEN, _CLOSE = "\x01", "\x02"
#: A blank at which no line is broken, until lines are.
_TIE = "\x03"


@dataclass(slots=True)
class Tally:
    """Counts over the documents of a run, for its last line."""

    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        self.count(report.verdict, report.kinds)

    def count(self, verdict: Verdict, kinds: Iterable[Kind]) -> None:
        """Add a document that was called so."""
        self.verdicts[verdict] += 1
        if verdict == "damaged":
            self.kinds.update(kinds)


def summary_line(tally: Tally, skipped: Mapping[str, int]) -> str:
    """One line over a run: how many documents, damaged how, skipped why.

    >>> summary_line(Tally(Counter(damaged=1, clean=2), Counter(spinning=1)), {"hidden": 1})
    '3 documents: 1 damaged (1 spinning), 2 clean; 1 entry skipped (1 hidden)'
    """
    parts = []
    for verdict, (words, _) in _VERDICTS.items():
        count = tally.verdicts[verdict]
        if count or verdict in ("damaged", "clean"):
            parts.append(f"{count} {words}")
            if verdict == "damaged" and count:
                parts[-1] += f" ({_counts(tally.kinds, KIND_NAMES)})"
    line = f"{_plural(tally.verdicts.total(), 'document', 'documents')}: {', '.join(parts)}"
    passed_over = sum(skipped.values())
    if passed_over:
        line += f"; {_plural(passed_over, 'entry', 'entries')} skipped ({_counts(skipped, {})})"
    return line


def text_report(
    report: Report, style: Style, *, explain: bool = False, restore: bool = False, record: int | None = None
) -> str:
    """The report of one document. `record` is the line of a JSONL record in its file.

    `restore` adds the text as it may have read before it was spun.
    """
    lines = [_heading(report, style, record), _verdict_line(report, style)]
    if report.error is not None:
        lines += _wrapped(one_line(report.error), style, indent="  ")
    elif report.verdict != "unreadable":
        lines += ["", *_score_lines(report, style)]
        lines += _paragraph_lines(report, style, explain=explain, record=record)
        if restore:
            lines += _restored_lines(report, style)
    text = "\n".join(lines) + "\n"
    return text if style.unicode else text.translate(_ASCII)


# --- head -------------------------------------------------------------------------------------------


def _heading(report: Report, style: Style, record: int | None) -> str:
    name = report.path or "text"
    name += f":{record}" if record is not None else ""
    name += f" ({report.id})" if report.id is not None else ""
    facts = [] if report.error is not None else [language_name(report.language), _plural(report.words, "word", "words")]
    return " · ".join([style.paint(escaped(name), 1), *facts])


def _verdict_line(report: Report, style: Style) -> str:
    words, colour = _VERDICTS[report.verdict]
    if report.verdict == "damaged":
        words += ": " + " and ".join(KIND_NAMES[kind] for kind in report.kinds)
    if report.verdict == "unsupported_language":
        words += f": machine translation and spinning are not judged in {language_name(report.language)}"
    return style.paint(words[0].upper() + words[1:], 1, colour)


def _score_lines(report: Report, style: Style) -> list[str]:
    names = [kind for kind in KINDS if kind in report.scores]
    width = max((len(KIND_NAMES[kind]) for kind in names), default=0)
    return [
        f"  {KIND_NAMES[kind]:<{width}}  {_score(kind, report.scores[kind], report.thresholds.get(kind), style)}"
        for kind in names
    ]


def _score(kind: Kind, score: float | None, threshold: float | None, style: Style) -> str:
    if score is None:
        return "not judged"
    full = round(score * _BAR)
    damaged = threshold is not None and score >= threshold and kind != "boilerplate"
    bar = style.paint("█" * full, 31 if damaged else 36) + style.paint("░" * (_BAR - full), 2)
    notes = [] if kind in LEARNED_KINDS else ["of the words"]
    notes += [] if threshold is None else [f"threshold {threshold:.2f}"]
    return f"{bar} {score:.2f}" + (f"  ({', '.join(notes)})" if notes else "")


# --- paragraphs -------------------------------------------------------------------------------------


def _paragraph_lines(report: Report, style: Style, *, explain: bool, record: int | None) -> list[str]:
    places = Places(report.text)
    chosen, flagged = _chosen(report, explain=explain)
    lines: list[str] = []
    for paragraph in chosen:
        lines += ["", *_one_paragraph(report, paragraph, places, style, explain=explain, record=record)]
    if len(chosen) < flagged and not explain:
        rest = flagged - len(chosen)
        lines += ["", f"  {_plural(rest, 'more paragraph', 'more paragraphs')} like this: use --explain to see all."]
    if not explain:
        lines += _set_aside(report, places, style, record)
    return lines


def _chosen(report: Report, *, explain: bool) -> tuple[list[ParagraphReport], int]:
    """The paragraphs to show, and how many there are of their sort.

    With `explain` every paragraph with a kind, verdict or finding against it, in order of the text;
    without it the worst damaged ones, or in a damaged document without these, those that weigh most.
    """
    if explain:
        shown = [p for p in report.paragraphs if p.verdict == "damaged" or p.kinds or p.findings]
        return shown, len(shown)
    kinds = report.kinds or LEARNED_KINDS
    damaged = [p for p in report.paragraphs if p.verdict == "damaged"]
    candidates = damaged or [p for p in report.paragraphs if report.verdict == "damaged" and p.findings]
    worst = sorted(candidates, key=lambda p: (-_badness(p, kinds), -_weight(p), p.index))
    return worst[:_PARAGRAPHS], len(candidates)


def _badness(paragraph: ParagraphReport, kinds: Iterable[Kind]) -> float:
    return max((paragraph.scores.get(kind) or 0.0 for kind in kinds), default=0.0)


def _weight(paragraph: ParagraphReport) -> float:
    return sum(finding.weight for finding in paragraph.findings)


def _one_paragraph(
    report: Report, paragraph: ParagraphReport, places: Places, style: Style, *, explain: bool, record: int | None
) -> list[str]:
    name = f"Line {places.of(paragraph.start)[0]}" if record is None else f"Paragraph {paragraph.index + 1}"
    findings = sorted(paragraph.findings, key=lambda finding: (-finding.weight, finding.start, finding.end))
    lines = _wrapped(name + _kinds_with_scores(paragraph), style, indent="  ")
    lines[0] = lines[0].replace(name, style.paint(name, 1), 1)
    lines += excerpt(report.text, paragraph, findings, style, whole=explain)
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(f"{finding.code} {_explained(finding)}", []).append(finding)
    for explained, group in list(alike.items())[: None if explain else _FINDINGS]:
        times = f" ({len(group)} times)" if len(group) > 1 else ""
        at = ", ".join("{}:{}".format(*places.of(finding.start)) for finding in group)
        place = f" at {at}" if explain and record is None else ""
        lines += _wrapped(one_line(explained) + times + place, style, indent="    - ", later="      ")
    return lines


def _kinds_with_scores(paragraph: ParagraphReport) -> str:
    kinds = paragraph.kinds or [kind for kind in LEARNED_KINDS if paragraph.scores.get(kind) is not None]
    named = [f"{KIND_NAMES[kind]} {paragraph.scores.get(kind) or 0.0:.2f}" for kind in kinds]
    return ": " + ", ".join(named) if named else ""


def _explained(finding: Finding) -> str:
    others = [word for word in finding.alternatives if word != finding.suggestion][:3]
    message = finding.message
    if finding.suggestion is not None and finding.suggestion not in message:
        message += f" → {finding.suggestion}"
    return message + (f" (or {', '.join(others)})" if others else "")


def _set_aside(report: Report, places: Places, style: Style, record: int | None) -> list[str]:
    """Where paragraphs are that do not make the document damaged: page furniture and other languages."""
    lines: list[str] = []
    for kind, name in (("boilerplate", "Page furniture"), ("foreign_language", "Other languages")):
        paragraphs = [p for p in report.paragraphs if kind in p.kinds]
        found = sorted({places.of(p.start)[0] if record is None else p.index + 1 for p in paragraphs})
        if found:
            word = ("line" if record is None else "paragraph") + ("" if len(found) == 1 else "s")
            lines += _wrapped(f"{name}, not part of the verdict: {word} {_ranges(found)}.", style, indent="  ")
    return ["", *lines] if lines else []


def _restored_lines(report: Report, style: Style) -> list[str]:
    """The restored text, paragraph by paragraph; where nothing was put in, one line says so."""
    text, count = restored(report)
    if not count:
        return ["", "  Nothing to restore: no finding says what a spinner replaced."]
    told = f"Restored with {_plural(count, 'suggestion', 'suggestions')}, which stand in [brackets]: a conjecture."
    lines = ["", *_wrapped(told, style, indent="  ")]
    for line in text.splitlines():
        if line.strip():
            lines += _wrapped(one_line(line), style, indent="    ")
    return lines


# --- excerpts ---------------------------------------------------------------------------------------


def excerpt(text: str, paragraph: ParagraphReport, findings: list[Finding], style: Style, *, whole: bool) -> list[str]:
    """The paragraph, or its part around the heaviest finding, with the places marked and suggestions beside them."""
    length = paragraph.end - paragraph.start
    marked = without_overlaps(f for f in findings if f.end - f.start < _WHOLE_SHARE * length)
    start, end = paragraph.start, paragraph.end
    if not whole and length > _EXCERPT:
        start, end = excerpt_bounds(text, paragraph, marked)
    before = "…" if start > paragraph.start else ""
    after = "…" if end < paragraph.end else ""
    pieces = [before]
    at = start
    for finding in marked:
        if finding.start < start or finding.end > end or finding.start == finding.end:
            continue
        pieces.append(one_line(text[at : finding.start]))
        pieces.append(_OPEN + one_line(text[finding.start : finding.end]) + _CLOSE)
        if finding.suggestion is not None:
            pieces.append(f" (→{_TIE}{one_line(finding.suggestion)})")
        at = finding.end
    pieces += [one_line(text[at:end]), after]
    return _marked_lines("".join(pieces), style)


def without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order of place, the earlier given (heavier) one where two overlap."""
    kept: list[Finding] = []
    for finding in findings:
        at = bisect_left(kept, finding.start, key=lambda other: other.start)
        before, after = kept[at - 1 : at], kept[at : at + 1]
        if all(other.end <= finding.start for other in before) and all(finding.end <= other.start for other in after):
            kept.insert(at, finding)
    return kept


def excerpt_bounds(
    text: str, paragraph: ParagraphReport, marked: list[Finding], length: int = _EXCERPT
) -> tuple[int, int]:
    """About `length` code points of the paragraph, cut between words: the heaviest finding, and what else fits."""
    first, last = paragraph.start, paragraph.start
    if marked:
        heaviest = max(marked, key=lambda finding: (finding.weight, -finding.start))
        reach = length - 2 * _MARGIN
        near = [f for f in marked if heaviest.start - reach <= f.start and f.end <= heaviest.start + reach]
        starts = [f.start for f in near if f.start <= heaviest.start and heaviest.end <= f.start + reach]
        first = max(
            starts or [heaviest.start],
            key=lambda start: sum(f.weight for f in near if start <= f.start and f.end <= start + reach),
        )
        last = max([heaviest.end, *(f.end for f in near if f.end <= first + reach)])
    start = max(paragraph.start, min(first - _MARGIN, paragraph.end - length))
    end = min(paragraph.end, max(start + length, last))
    if start > paragraph.start and not text[start - 1].isspace():
        start = next((at + 1 for at in range(start, first) if text[at].isspace()), start)
    if end < paragraph.end and not text[end].isspace():
        end = next((at for at in range(end - 1, last, -1) if text[at].isspace()), end)
    return start, end


def _marked_lines(text: str, style: Style) -> list[str]:
    """Wrap text with marked places, then show these: in colour and underlined, or between marks."""
    opening, closing = ("", "") if style.colour else _marks(text)
    plain = text.replace(_OPEN, _OPEN + opening).replace(_CLOSE, closing + _CLOSE)
    lines = []
    inside = False
    for line in wrap(plain, style.width - 4):
        painted = _OPEN + line if inside else line
        inside = painted.rfind(_OPEN) > painted.rfind(_CLOSE)
        painted += _CLOSE if inside else ""
        painted = painted.replace(_OPEN, _sgr(style, "1;4;31")).replace(_CLOSE, _sgr(style, "0"))
        lines.append("    " + painted.replace(_TIE, " "))
    return lines


def _sgr(style: Style, codes: str) -> str:
    return f"\x1b[{codes}m" if style.colour else ""


def _marks(text: str) -> tuple[str, str]:
    """Marks that the text itself does not use."""
    return ("«", "»") if "«" not in text and "»" not in text else ("⟦", "⟧")


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken between words, or inside a word that is too long.

    >>> wrap("a bb cccccc", 4)
    ['a bb', 'cccc', 'cc']
    """
    lines = [""]
    used = 0
    for word in text.split(" "):
        if used and used + 1 + columns(word) > width:
            lines.append("")
            used = 0
        if used:
            lines[-1] += " "
            used += 1
        for character in word:
            size = columns(character)
            if used + size > width:
                lines.append("")
                used = 0
            lines[-1] += character
            used += size
    return lines


def columns(text: str) -> int:
    """Columns that a terminal gives the text: two for wide East Asian characters, none for combining ones.

    >>> columns("abc"), columns("日本")
    (3, 4)
    """
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_character_columns, text))


def _character_columns(character: str) -> int:
    if character in (_OPEN, _CLOSE) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


# --- words ------------------------------------------------------------------------------------------


def _wrapped(text: str, style: Style, *, indent: str, later: str | None = None) -> list[str]:
    later = indent if later is None else later
    lines = wrap(text, style.width - len(indent))
    return [(later if number else indent) + line for number, line in enumerate(lines)]


def _ranges(numbers: list[int]) -> str:
    """Line numbers as people write them.

    >>> _ranges([1, 3, 4, 5, 9])
    '1, 3–5, 9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _counts(counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    return ", ".join(f"{count} {names.get(key, key)}" for key, count in sorted(counts.items()))


def language_name(code: str) -> str:
    return "language unknown" if code == UNKNOWN else LANGUAGE_NAMES.get(code, f"language {one_line(code)}")


_ASCII: Final = str.maketrans(
    {
        **{"█": "#", "░": "-", "·": "-", "–": "-", "→": "->", "≥": ">=", "…": "..."},
        **{"«": ">>", "»": "<<", "⟦": ">>", "⟧": "<<", "“": '"', "”": '"'},
    }
)
