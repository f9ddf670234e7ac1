"""Verdicts → exit status and the lines of `quality check`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from quality.document import Document, Finding, ParagraphReport, Report
from quality.gate import FINDINGS_SHOWN, Judged, Places, exit_status, judge, problems
from quality.settings import Settings

ROOT = Path(__file__).parents[1]


def finding(start: int, text: str, weight: float, code: str = "M101", **fields: object) -> Finding:
    return Finding(code, start, start + len(text), text, f"reads badly: “{text}”", weight, **fields)


def paragraph(
    start: int, end: int, *findings: Finding, kinds: tuple[str, ...] = (), **scores: float
) -> ParagraphReport:
    verdict = "damaged" if {"machine_translation", "spinning"} & set(kinds) else "clean"
    return ParagraphReport(0, start, end, "en", verdict, scores, 10, kinds, findings)


def report(text: str, *paragraphs: ParagraphReport, kinds: tuple[str, ...] = (), **fields: object) -> Report:
    scores = {"machine_translation": 0.97, "spinning": 0.91, "mixed_script": 0.04, "broken_encoding": 0.05}
    thresholds = {"machine_translation": 0.83, "spinning": 0.9, "mixed_script": 0.02, "broken_encoding": 0.02}
    verdict = "damaged" if kinds else "clean"
    given = {"id": None, "path": "a.txt", **fields}
    return Report(
        language="en", words=30, verdict=verdict, kinds=kinds, scores=scores, thresholds=thresholds,
        signature="quality 0", paragraphs=paragraphs, text=text, **given,
    )  # fmt: skip


def lines(*args: object, **options: object) -> list[str]:
    return [str(problem) for problem in problems(*args, **options)]


def judged(report: Report, **settings: object) -> Judged:
    return judge(Document(report.text, path=report.path), report, Settings(**settings))


@pytest.mark.parametrize(
    ("damaged", "unreadable", "status"), [(False, False, 0), (True, False, 1), (False, True, 3), (True, True, 1)]
)
def test_damage_goes_before_unreadable_input(damaged: bool, unreadable: bool, status: int) -> None:
    assert exit_status(damaged=damaged, unreadable=unreadable) == status


def test_a_clean_document_has_no_lines() -> None:
    assert problems(report("some text", paragraph(0, 9, finding(0, "some", 3)))) == ()


def test_the_document_comes_first_then_the_worst_findings() -> None:
    text = "first line\nsecond line\n"
    shown = lines(
        report(
            text,
            paragraph(0, 10, finding(0, "first", 1.0)),
            paragraph(11, 22, finding(18, "line", 4.0, suggestion="row")),
            kinds=("machine_translation",),
        )
    )
    assert shown == [
        "a.txt:1:1: M100 document reads as machine-translated (0.97 ≥ 0.83); "
        "found: reads badly: “line” → “row” · reads badly: “first”",
        "a.txt:2:8: M101 reads badly: “line” → “row”",
        "a.txt:1:1: M101 reads badly: “first”",
    ]


def test_each_kind_has_its_line_and_only_its_own_findings() -> None:
    text = "some text of three"
    found = (
        finding(0, "some", 1.0),
        finding(5, "text", 2.0, "S201"),
        finding(10, "of", 9.0, "B301"),
        finding(13, "t", 1.0, "X401"),
    )
    damaged = report(text, paragraph(0, 18, *found), kinds=("spinning", "mixed_script", "broken_encoding"))
    assert [(problem.code, problem.message) for problem in problems(damaged)] == [
        (
            "S200",
            "document reads as spun, word by word, from another text (0.91 ≥ 0.90); found: reads badly: “text”",
        ),
        (
            "X400",
            "document has too many words of mixed scripts or broken encoding (0.04 ≥ 0.02, 0.05 ≥ 0.02); "
            "found: reads badly: “t”",
        ),
        ("S201", "reads badly: “text”"),
        ("X401", "reads badly: “t”"),
    ]  # fmt: skip


def test_the_documents_line_names_its_strongest_findings_of_three_sorts() -> None:
    text = "abcdefgh"
    found = [finding(at, text[at], 9.0 - at, code) for at, code in enumerate(["M111"] * 4 + ["M101", "M114", "M120"])]
    damaged = report(text, paragraph(0, 8, *found), kinds=("machine_translation",))
    assert lines(damaged)[0].endswith(
        "the strongest of 7 findings: " + " · ".join(f"reads badly: “{c}”" for c in "aef")
    )
    damaged = report(text, paragraph(0, 8, *found[:4]), kinds=("machine_translation",))
    assert lines(damaged)[0].endswith(
        "the strongest of 4 findings: " + " · ".join(f"reads badly: “{c}”" for c in "abc")
    )


def test_a_documents_line_stays_short_whatever_its_findings_hold() -> None:
    damaged = report(
        "x" * 900, paragraph(0, 900, finding(0, "x" * 900, 1.0)), kinds=("spinning", "machine_translation")
    )
    assert all(len(line) < 250 for line in lines(damaged)[:2])


def test_no_more_findings_are_printed_than_a_person_reads_but_all_are_counted() -> None:
    found = [finding(at, "x", float(at)) for at in range(50)]
    shown = judged(report("x" * 50, paragraph(0, 50, *found), kinds=("machine_translation",))).shown
    assert len(shown) == 1 + FINDINGS_SHOWN
    assert "the strongest of 50 findings: reads badly: “x”" in shown[0].message
    assert [problem.column for problem in shown[1:3]] == [50, 49]


def test_a_finding_of_several_lines_is_one_line() -> None:
    damaged = report("two\n words", paragraph(0, 10, finding(0, "two\n words", 1.0)), kinds=("machine_translation",))
    assert lines(damaged)[1] == "a.txt:1:1: M101 reads badly: “two words”"


def test_a_jsonl_record_is_placed_on_its_line_of_the_file() -> None:
    damaged = report("one\ntwo", paragraph(4, 7, finding(4, "two", 1.0)), kinds=("machine_translation",))
    assert [line.split()[0] for line in lines(damaged, record_line=12)] == ["a.txt:12:1:", "a.txt:12:1:"]


def test_a_suggestion_is_said_once() -> None:
    found = Finding("S201", 0, 4, "vie", "“vie” stands for play", 1.0, suggestion="play")
    damaged = report("vie", paragraph(0, 3, found), kinds=("spinning",))
    assert lines(damaged)[1] == "a.txt:1:1: S201 “vie” stands for play"


@pytest.mark.parametrize(
    ("kinds", "fail_on", "fails"),
    [
        (("boilerplate",), (), False),
        (("boilerplate",), ("boilerplate",), True),
        (("boilerplate",), ("paragraphs", "spinning"), False),
        (("spinning",), (), False),
        (("spinning",), ("paragraphs",), True),
        (("spinning",), ("spinning",), True),
        (("foreign_language",), ("foreign_language",), True),
        ((), ("paragraphs",), False),
    ],
)
def test_fail_on_adds_paragraphs(kinds: tuple[str, ...], fail_on: tuple[str, ...], fails: bool) -> None:
    clean = report("some text", paragraph(0, 9, kinds=kinds))
    assert bool(judged(clean, fail_on=fail_on).failing) == fails


def test_a_paragraph_that_fails_by_itself_is_placed_and_its_findings_shown() -> None:
    text = "fine\nLog in to comment\n"
    clean = report(text, paragraph(5, 22, finding(5, "Log in", 2.0, "B302"), kinds=("boilerplate",), boilerplate=0.98))
    assert lines(clean, fail_on=("boilerplate",)) == [
        "a.txt:2:1: B300 paragraph is page furniture, not article (0.98)",
        "a.txt:2:1: B302 reads badly: “Log in”",
    ]


def test_a_document_without_a_path_goes_by_its_id() -> None:
    assert lines(report("x", kinds=("spinning",), path=None, id="k7"))[0].startswith("k7:1:1: S200 ")


@given(st.text(st.sampled_from("ab\r\n\u2028\x85é")), st.data())
def test_offsets_become_lines_and_columns_and_come_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    places = Places(text)
    line, column = places.of(offset)
    assert places.offset(line, column) == offset
    before = re.split(r"\r\n|\r|\n", text[:offset])
    if not (text[:offset].endswith("\r") and text[offset:].startswith("\n")):  # not in the middle of a line end
        assert (line, column) == (len(before), len(before[-1]) + 1)


# --- what it costs ------------------------------------------------------------------------------------


def processor_seconds(run: Run, *args: str, within: float, tries: int = 4) -> float:
    """The least of several runs: the clock on the wall would measure who else is busy."""
    least = float("inf")
    for _ in range(tries):
        before = os.times()
        assert run("check", *args).returncode in (0, 1)
        after = os.times()
        least = min(least, after.children_user + after.children_system - before.children_user - before.children_system)
        if least <= within:
            break
    return least


def test_five_small_files_take_a_second_with_the_start(quality: Run, tmp_path: Path) -> None:
    names = [path.name for path in sorted((ROOT / "seeds").glob("*-severe-*"))[:5]]
    for name in names:
        (tmp_path / name).write_bytes((ROOT / "seeds" / name).read_bytes())
    assert processor_seconds(quality, *names, within=1.0) <= 1.0


def test_two_hundred_files_of_five_kilobytes_take_four_seconds(quality: Run, tmp_path: Path) -> None:
    seeds = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]
    text = "\n".join(seeds) * 40
    for number in range(200):
        (tmp_path / f"{number:03}.txt").write_text(text[number * 5000 : (number + 1) * 5000], encoding="utf-8")
    assert processor_seconds(quality, "--jobs", "1", ".", within=4.0) <= 4.0


def test_the_hook_imports_nothing_heavy(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text((ROOT / "seeds" / "en-spun-severe-bees.txt").read_text(encoding="utf-8"))
    done = quality("check", "a.txt", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 1
    imported = set(re.findall(rb"\| +([\w.]+)$", done.stderr, re.M))
    assert b"quality.scoring" in imported
    heavy = {"sklearn", "scipy", "pandas", "textstat", "joblib", "pyarrow", "matplotlib", "tqdm", "trafilatura"}
    assert not heavy & {name.decode().split(".")[0] for name in imported}
