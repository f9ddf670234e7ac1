"""Reports as a notebook shows them: whole where they are short, inert whatever they hold, quick however long."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quality
from quality.document import Finding, ParagraphReport, Report, Reports
from quality.report.notebook import show

#: All that a display may consist of: nothing that loads, runs or leads anywhere.
TAGS = set(
    re.findall(
        r"\w+",
        "code dd details div dl dt li line mark p rect span strong style summary svg "
        "table tbody td th thead title tr ul",
    )
)


class Page(HTMLParser):
    """What a browser makes of a display: its elements, and its text without the style sheet."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: dict[str, list[str]] = {}
        self._texts: list[str] = []
        self._style = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._style = tag == "style"
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        if not self._style:
            self._texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    @property
    def text(self) -> str:
        return "".join(self._texts)


def report_on(text: str, *findings: Finding, **fields: Any) -> Report:
    """A damaged document of a paragraph a line, each with the findings that lie in it."""
    paragraphs = []
    at = 0
    for line in text.split("\n"):
        if line:
            within = tuple(f for f in findings if at <= f.start and f.end <= at + len(line))
            paragraphs.append(
                ParagraphReport(
                    index=len(paragraphs), start=at, end=at + len(line), language="en",
                    verdict="damaged" if within else "clean", scores={"spinning": 0.9 if within else 0.1},
                    words=len(line.split()), kinds=("spinning",) if within else (), findings=within,
                )
            )  # fmt: skip
        at += len(line) + 1
    given = {
        "id": None, "path": "page.txt", "language": "en", "words": len(text.split()), "verdict": "damaged",
        "kinds": ("spinning",), "scores": {"machine_translation": None, "spinning": 0.93, "boilerplate": 0.0},
        "thresholds": {"spinning": 0.8}, "signature": "quality 0", "paragraphs": tuple(paragraphs), "text": text,
    } | fields  # fmt: skip
    return Report(**given)


def found(text: str, words: str, weight: float = 2.0, suggestion: str | None = "April") -> Finding:
    start = text.index(words)
    return Finding("S201", start, start + len(words), words, f"“{words}” looks spun", weight, suggestion, ("May",))


def test_a_short_document_is_shown_whole_with_its_words_marked() -> None:
    text = "Nothing is wrong here.\nIt rained in the calendar month of spring.\n"
    page = Page(report_on(text, found(text, "calendar month"))._repr_html_())
    assert "page.txt · damaged: spinning · English · 12 words" in page.text
    assert "Nothing is wrong here." in page.text
    assert "machine translationnot judged" in page.text
    assert "0.93, threshold 0.80" in page.text
    assert page.attributes["aria-description"] == ["S201: “calendar month” looks spun → “April” (or May)"]
    assert set(page.tags) <= TAGS


def test_hostile_text_stays_text() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202e</style></div>'\"&amp;`$$x$$"
    text = f"{hostile}\nfine\n"
    finding = Finding("S201", 0, 8, hostile[:8], hostile, 1.0, hostile, (hostile,))
    report = report_on(text, finding, path=hostile, id=hostile, language="<b>", signature=hostile)
    for markup in (report._repr_html_(), Reports([report])._repr_html_(), show(report, whole=True)._repr_html_()):
        page = Page(markup)
        assert set(page.tags) <= TAGS
        assert not [name for name in page.attributes if name.startswith("on") or name in ("href", "src", "style", "id")]
        assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in page.text
        assert "\x1b" not in markup
        assert "\u202e" not in markup
        assert page.tags["style"] == 1


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text())
def test_any_text_and_name_come_out_as_they_went_in(text: str, name: str) -> None:
    page = Page(report_on(text.replace("\r", ""), path=name or None)._repr_html_())
    assert set(page.tags) <= TAGS
    assert page.tags["style"] == 1


def test_a_long_document_is_shown_in_part_and_whole_when_asked() -> None:
    lines = [f"This is paragraph number {number} of a long page." for number in range(300)]
    lines[200] = "They met in the Gregorian calendar month."
    text = "\n".join(lines)
    report = report_on(text, found(text, "Gregorian calendar month"))
    markup = report._repr_html_()
    before, folded = markup.split("<summary>The whole text</summary>")
    assert "Gregorian calendar month" in before
    assert Page(before).tags["p"] < 30
    assert "… 99 paragraphs …" in before
    assert all(f"number {number} of" in folded for number in range(300) if number != 200)
    whole = show(report, whole=True)._repr_html_()
    assert "The whole text" not in whole
    assert whole.count('<p class="text') == 300


def test_five_megabytes_show_in_under_a_second_and_do_not_weigh_a_notebook_down() -> None:
    line = "They met in the Gregorian calendar month and talked about the bridge for a long time.\n"
    text = line * (5_000_000 // len(line))
    starts = range(0, len(text), 10 * len(line))
    findings = [Finding("S201", at + 16, at + 40, text[at + 16 : at + 40], "spun", 1.0 + at % 7) for at in starts]
    by_line = {finding.start // len(line): finding for finding in findings}
    paragraphs = tuple(
        ParagraphReport(
            number, number * len(line), (number + 1) * len(line) - 1, "en",
            "damaged" if number in by_line else "clean", {"spinning": 0.5}, 15,
            findings=(by_line[number],) if number in by_line else (),
        )
        for number in range(len(text) // len(line))
    )  # fmt: skip
    for shown in (
        replace(report_on("x"), text=text, paragraphs=paragraphs),
        # All in one line.
        replace(report_on("x"), text=text.replace("\n", " "), paragraphs=(
            ParagraphReport(0, 0, len(text), "en", "damaged", {}, 900_000, findings=tuple(findings)),
        )),
    ):  # fmt: skip
        started = time.process_time()
        markup = shown._repr_html_()
        assert time.process_time() - started < 1.0
        assert len(markup) < 300_000
        assert "quality.show(report, whole=True)" in markup


def test_a_list_of_reports_is_a_table_with_a_bar_for_each_score() -> None:
    reports = quality.Reports([report_on("One.", path=f"{number}.txt") for number in range(3)])
    page = Page(reports._repr_html_())
    assert "3 documents: 3 damaged (3 spinning), 0 clean" in page.text
    assert page.tags["tr"] == 4
    assert page.attributes["class"].count("bar called") == 3


def test_of_many_reports_the_damaged_come_first_and_the_rest_is_counted() -> None:
    reports = [report_on("One.", path=f"{number}.txt", verdict="clean", kinds=()) for number in range(100)]
    reports.append(report_on("One.", path="bad.txt"))
    page = Page(Reports(reports)._repr_html_())
    assert page.tags["tr"] == 61
    assert page.text.index("bad.txt") < page.text.index("0.txt")
    assert "41 more are not shown" in page.text
    assert Page(show(reports, whole=True)._repr_html_()).tags["tr"] == 102


def test_what_could_not_be_read_says_why() -> None:
    report = report_on("", verdict="unreadable", kinds=(), paragraphs=(), error="is not UTF-8; name its encoding")
    assert "could not be read: is not UTF-8; name its encoding" in Page(report._repr_html_()).text


@pytest.mark.parametrize("whole", [False, True])
def test_a_report_without_its_text_says_so(whole: bool) -> None:
    text = "It rained in the calendar month.\n"
    report = report_on(text, found(text, "calendar month"))
    assert "does not hold its text" in show(report_on("", paragraphs=report.paragraphs), whole=whole)._repr_html_()


def test_a_batch_of_reports_shows_as_a_table() -> None:
    reports = quality.Scorer().score_batch(["Too short.", "This one too."])
    assert reports == list(reports)
    assert Page(reports._repr_html_()).tags["tr"] == 3
    assert repr(show(reports)).count("too_short") == 2
