"""The five real pages that this package exists for. They are other people's text, found beside the checkout."""

from __future__ import annotations

import calendar
import json
from pathlib import Path
from typing import Any

import pytest

from quality import Report, Scorer

MONTHS = tuple(calendar.month_name)[1:]
PAGES = ("000", "001", "002", "003", "004")


@pytest.fixture(scope="module")
def labels(shared: Path) -> dict[str, Any]:
    return dict(json.loads((shared / "seeds" / "labels.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def reports(shared: Path) -> dict[str, Report]:
    scorer = Scorer()
    pages = sorted((shared / "seeds").glob("*.txt"))
    return {page.name: scorer.score(page.read_text(encoding="utf-8"), path=page.name) for page in pages}


def named(mapping: dict[str, Any], page: str) -> Any:
    return next(value for name, value in mapping.items() if name.startswith(page))


@pytest.mark.parametrize("page", PAGES)
def test_each_specimen_is_damaged_of_its_kind_and_in_its_language(
    page: str, reports: dict[str, Report], labels: dict[str, Any]
) -> None:
    report, label = named(reports, page), named(labels, page)
    assert (report.verdict, report.language, list(report.kinds)) == ("damaged", label["language"], label["document"])


def test_furniture_of_the_specimens_is_found_line_by_line(reports: dict[str, Report], labels: dict[str, Any]) -> None:
    missed = wrong = 0
    for page in PAGES:
        report, label = named(reports, page), named(labels, page)
        assert len(report.paragraphs) == len(label["paragraphs"])
        for paragraph, kinds in zip(report.paragraphs, label["paragraphs"], strict=True):
            if paragraph.index in label.get("unscored_boilerplate", ()):
                continue
            found, wanted = "boilerplate" in paragraph.kinds, "boilerplate" in kinds
            missed += wanted and not found
            wrong += found and not wanted
    assert missed <= 1
    assert wrong <= 1


def test_lines_in_turkish_are_named_as_turkish(reports: dict[str, Report]) -> None:
    foreign = [paragraph for paragraph in named(reports, "000").paragraphs if paragraph.language == "tr"]
    assert len(foreign) == 2
    assert all("foreign_language" in paragraph.kinds for paragraph in foreign)


def test_spun_phrases_are_named_with_what_they_stood_for(reports: dict[str, Report], labels: dict[str, Any]) -> None:
    report, label = named(reports, "004"), named(labels, "004")
    spans = [finding for finding in report.findings if finding.code.startswith("S2")]
    assert not [finding for finding in spans if finding.start < report.paragraphs[3].start]
    found = named_rightly = 0
    for index, entries in label["spun"].items():
        paragraph = report.paragraphs[int(index)]
        text = report.text[paragraph.start : paragraph.end]
        after: dict[str, int] = {}  # a phrase may be labelled several times in a paragraph
        for entry in entries:
            at = text.index(entry["spun"], after.get(entry["spun"], 0))
            after[entry["spun"]] = at + 1
            start, end = paragraph.start + at, paragraph.start + at + len(entry["spun"])
            here = [finding for finding in spans if finding.start < end and finding.end > start]
            offered = {word.lower() for finding in here for word in (finding.suggestion or "", *finding.alternatives)}
            found += bool(here)
            named_rightly += (entry["original"] or "").lower() in offered - {""}
    assert found >= 30
    assert named_rightly >= 18

    def suggestions(words: str) -> tuple[str, ...]:
        finding = next(finding for finding in spans if words in finding.text)
        return (finding.suggestion or "", *finding.alternatives)

    assert suggestions("Gregorian calendar month")[0] in MONTHS
    assert {"microphone", "Mike", "mike"} & set(suggestions("electro-acoustic transducer"))
    assert suggestions("area unit")[0] == "are"
    assert {"Un", "UN"} & set(suggestions("United Nations"))
    assert suggestions("ne’er")[0] == "never"
