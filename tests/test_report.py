"""Reports for people and machines: golden texts, inert escapes, and the schema."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import Scorer
from quality.document import Finding, ParagraphReport, Report
from quality.report.escape import escaped, one_line
from quality.report.jsonl import report_line
from quality.report.style import Style, style_for
from quality.report.text import Tally, columns, summary_line, text_report, wrap

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))

TEXT = (
    "The council met in the Gregorian calendar month and talked about the bridge.\n"
    "Log in to comment\n"
    "It is to the river a new bridge thereby put becomes, and it presently holds the traffic of the whole valley, "
    "as was by the mayor in a long speech said, who himself never ne'er over it drives, since he the ferry prefers "
    "and in the ferry a share owns, which the opposition in the council already for years as a scandal designates, "
    "without that until today anybody the matter to the court carried would have, because the court too on the "
    "ferry its lunch eats.\n"
    "Nothing else was decided.\n"
)


def found(words: str, code: str, weight: float, suggestion: str | None = None, *others: str) -> Finding:
    start = TEXT.index(words)
    message = {"M": f"reads like machine translation: “{words}”", "S": f"“{words}” looks spun", "B": "asks to log in"}
    return Finding(code, start, start + len(words), words, message[code[0]], weight, suggestion, others)


def damaged_report() -> Report:
    starts = [0, *(match.end() for match in re.finditer("\n", TEXT))][:4]
    ends = [match.start() for match in re.finditer("\n", TEXT)]
    judged: list[tuple[Any, ...]] = [
        ("clean", (), 0.20, 0.61, 0.02, (found("Gregorian calendar month", "S201", 7.1, "June", "May", "July"),)),
        ("clean", ("boilerplate",), None, None, 0.98, (found("Log in to comment", "B302", 5.0),)),
        (
            "damaged",
            ("machine_translation",),
            0.99,
            0.30,
            0.01,
            (
                found("thereby put becomes", "M101", 4.0),
                found("carried would have", "M101", 6.5, "would have carried"),
                found("presently", "S201", 2.5, "currently"),
                found("to the court carried would", "M101", 3.0),
                found("ne'er", "S202", 3.5, "never"),
            ),
        ),
        ("too_short", (), None, None, 0.1, ()),
    ]
    paragraphs = tuple(
        ParagraphReport(
            index=index, start=starts[index], end=ends[index], language="en", verdict=verdict, words=12, kinds=kinds,
            scores={
                "machine_translation": translation, "spinning": spinning, "boilerplate": boilerplate,
                "mixed_script": 0.0, "broken_encoding": 0.0, "foreign_language": 0.0,
            },
            findings=findings,
        )
        for index, (verdict, kinds, translation, spinning, boilerplate, findings) in enumerate(judged)
    )  # fmt: skip
    return Report(
        id=None, path="seeds/bridge.txt", language="en", words=123, verdict="damaged", kinds=("machine_translation",),
        scores={
            "machine_translation": 0.97, "spinning": 0.42, "boilerplate": 0.033, "mixed_script": 0.0,
            "broken_encoding": 0.0,
        },
        thresholds={"machine_translation": 0.83, "spinning": 0.9, "mixed_script": 0.02, "broken_encoding": 0.02},
        signature="quality 0.1.0 | models 1f3c9a", paragraphs=paragraphs, text=TEXT,
    )  # fmt: skip


def short_report(**fields: Any) -> Report:
    given = {
        "id": None, "path": "a.txt", "language": "fr", "words": 30, "verdict": "unsupported_language", "kinds": (),
        "scores": {"machine_translation": None, "spinning": None, "boilerplate": 0.5}, "thresholds": {},
        "signature": "quality 0", **fields,
    }  # fmt: skip
    return Report(**given)


REPORTS = {
    "damaged": (damaged_report(), Style(), {}),
    "damaged-explained": (damaged_report(), Style(), {"explain": True}),
    "damaged-narrow": (damaged_report(), Style(width=48), {}),
    "damaged-colour": (damaged_report(), Style(colour=True), {}),
    "damaged-ascii": (damaged_report(), Style(unicode=False), {}),
    "damaged-record": (damaged_report(), Style(), {"explain": True, "record": 17}),
    "unsupported": (short_report(), Style(), {}),
    "unreadable": (
        short_report(id="k7", verdict="unreadable", language="und", words=0, scores={}, error="is not JSON; remove it"),
        Style(),
        {"record": 3},
    ),
    "too-short": (short_report(language="de", words=1, verdict="too_short", scores={}), Style(), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_text_report_is_as_agreed(name: str) -> None:
    report, style, options = REPORTS[name]
    golden = GOLDEN / f"{name}.txt"
    assert text_report(report, style, **options) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("explain", [False, True])
def test_prose_is_no_wider_than_the_terminal(width: int, explain: bool) -> None:
    lines = text_report(damaged_report(), Style(width=width), explain=explain).splitlines()
    prose = lines[lines.index("", 4) :]  # after the heading and the table of scores
    assert max(map(columns, prose)) <= width


def test_an_excerpt_shows_the_heaviest_finding() -> None:
    assert "«carried would have» (→ would have carried)" in text_report(damaged_report(), Style())


def test_colours_say_nothing_that_the_words_do_not() -> None:
    coloured = text_report(damaged_report(), Style(colour=True))
    plain = text_report(damaged_report(), Style())
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert " ".join(uncoloured.split()) == " ".join(plain.replace("«", "").replace("»", "").split())


def test_marks_are_ones_that_the_text_does_not_use() -> None:
    text = "He said «well», brokenly."
    finding = Finding("M101", 16, 24, "brokenly", "broken", 1.0)
    paragraph = ParagraphReport(0, 0, 25, "en", "damaged", {}, 4, ("machine_translation",), (finding,))
    report = short_report(verdict="damaged", kinds=("machine_translation",), paragraphs=(paragraph,), text=text)
    assert "He said «well», ⟦brokenly⟧." in text_report(report, Style())


def test_a_hostile_document_is_inert() -> None:
    text = "\x1b]0;owned\x07 \u202egnp.exe \x9b2J brok\x1b[31menly\r"
    finding = Finding("M101", 22, 30, text[22:30], f"bad “{text[22:30]}”", 1.0, "\x1b[2J", ("\u2066",))
    paragraph = ParagraphReport(0, 0, len(text), "e\x1bn", "damaged", {}, 4, ("machine_translation",), (finding,))
    report = short_report(
        path="a\n\x1b[2J.txt", id="\x07", language="\x1bc", verdict="damaged", kinds=("machine_translation",),
        paragraphs=(paragraph,), text=text,
    )  # fmt: skip
    for explain in (False, True):
        shown = text_report(report, Style(), explain=explain)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
        assert "a\\x0a\\x1b[2J.txt (\\x07)" in shown
        assert "\\u202e" in shown


@given(st.text())
def test_escaped_text_is_printable_and_line_reports_are_one_line(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", escaped(text))
    assert len(one_line(text).splitlines()) <= 1
    line = report_line(short_report(id=text, path=text))
    assert len(line.splitlines()) == 1
    assert line.endswith("}\n")
    assert json.loads(line)["id"] == text


def test_half_characters_in_a_report_are_valid_json() -> None:
    line = report_line(short_report(path="caf\udce9"))
    assert line.encode().find(b'"path":"caf\\udce9"') > 0


@given(st.text(st.characters(exclude_characters="\x01\x02")), st.integers(8, 60))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("environ", "terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours_only_where_they_are_wanted(environ: dict[str, str], terminal: bool, colour: bool) -> None:
    class Stream(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    assert style_for(Stream(io.BytesIO(), encoding="utf-8"), environ).colour == colour


@pytest.mark.parametrize(("encoding", "unicode"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_bars_are_drawn_with_what_the_stream_can_hold(encoding: str, unicode: bool) -> None:
    style = style_for(io.TextIOWrapper(io.BytesIO(), encoding=encoding), {})
    assert style.unicode == unicode
    text_report(damaged_report(), style).encode(encoding)


def test_the_last_line_counts_documents_by_verdict_and_kind() -> None:
    tally = Tally()
    tally.add(damaged_report())
    tally.add(damaged_report())
    tally.add(short_report())
    tally.add(short_report(verdict="unreadable", error="bad"))
    assert summary_line(tally, Counter(hidden=2, binary=1)) == (
        "4 documents: 2 damaged (2 machine translation), 0 clean, 1 in a language not supported, "
        "1 could not be read; 3 entries skipped (1 binary, 2 hidden)"
    )


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_reports_follow_the_schema(name: str, explain: bool) -> None:
    record = json.loads(report_line(REPORTS[name][0], explain=explain))
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    assert all(("findings" in paragraph) == explain for paragraph in record["paragraphs"])


def test_the_schema_is_one_and_refuses_what_a_report_may_not_be() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    good = damaged_report().to_dict()
    for change in (
        {"verdict": "bad"}, {"extra": 1}, {"scores": {"machine_translation": -1}}, {"scores": {"mt": 0.5}},
        {"verdict": "unreadable"}, {"error": "no"}, {"schema": "quality/2"}, {"words": None},
    ):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | change, SCHEMA)


# --- real reports -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seed_reports() -> list[Report]:
    return list(Scorer().score_paths([ROOT / "seeds"]))


def test_reports_of_the_seeds_follow_the_schema(seed_reports: list[Report]) -> None:
    assert len(seed_reports) >= 24
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for report in seed_reports:
        validator.validate(json.loads(report_line(report, explain=True)))


def test_findings_of_the_seeds_stand_where_they_say(seed_reports: list[Report]) -> None:
    for report in seed_reports:
        for paragraph in report.paragraphs:
            for finding in paragraph.findings:
                assert paragraph.start <= finding.start <= finding.end <= paragraph.end
                assert report.text[finding.start : finding.end] == finding.text


@pytest.mark.parametrize("explain", [False, True])
def test_texts_on_the_seeds_are_plain_and_fit_the_terminal(seed_reports: list[Report], explain: bool) -> None:
    for report in seed_reports:
        shown = text_report(report, Style(width=70), explain=explain)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
        lines = shown.splitlines()
        assert all(columns(line) <= 70 for line in lines[9:])
        assert any(line.startswith("  Line ") for line in lines) or report.verdict != "damaged" or not report.findings


def test_a_report_is_short_in_a_list_and_whole_when_printed() -> None:
    report = Scorer().score("The old mill stands by the river, and its wheel turns every single day of the year. " * 3)
    assert repr(report) == "<Report of a text: clean, 51 words>"
    assert str(report).startswith("text · English · 51 words")
