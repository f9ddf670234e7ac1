"""Reports for other programs: SARIF, GitHub's annotations, JUnit, CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Run

from quality.document import Document, Finding, ParagraphReport, Report
from quality.errors import ReadError
from quality.gate import Judged, judge
from quality.report.formats import CHECK_FORMATS, check_format, score_format
from quality.settings import Settings

SARIF = jsonschema.Draft4Validator(json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text()))

#: Everything that some form of report takes for its own: markup, quotes, commands, escapes, line ends, half characters.
HOSTILE = (
    "</script><script>alert(1)</script>\"'&<!--]]>\x1b[2J\x9b31m\r::error::no%0A,:\u202e\ufffe\x00\u2028"
    '\' onmouseover="alert(2)" brokenly'
)


def judged(text: str, path: str, *, id: str | None = None, line: int | None = None, words: str = "brokenly") -> Judged:
    """A damaged document with a finding on `words`, and its one paragraph."""
    start = text.index(words)
    suggestion = text[:40]
    finding = Finding("M101", start, start + len(words), words, f"bad “{text}”", 2.0, suggestion, (text,))
    kinds = ("machine_translation",)
    scores: dict[Any, float | None] = {"machine_translation": 0.9}
    paragraph = ParagraphReport(0, 0, len(text), "en", "damaged", scores, 9, kinds, (finding,))
    report = Report(
        id=id, path=path, language="en", words=9, verdict="damaged", kinds=kinds, scores={"machine_translation": 0.97},
        thresholds={"machine_translation": 0.8}, signature="quality 0", paragraphs=(paragraph,), text=text,
    )  # fmt: skip
    return judge(Document(text, path=path, id=id, line=line), report, Settings())


def written(name: str, *found: Judged, errors: tuple[ReadError, ...] = ()) -> str:
    return "".join(check_format(name)(found, errors))


PLAIN = "One line.\nIt was brokenly made.\n"


# --- SARIF ------------------------------------------------------------------------------------------


def test_sarif_follows_the_schema_and_places_results_in_the_file() -> None:
    log = json.loads(written("sarif", judged(PLAIN, "a b.txt"), errors=(ReadError("c.txt", "is gone"),)))
    SARIF.validate(log)
    run = log["runs"][0]
    document, finding = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["M100", "M101"]
    place = finding["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.txt"
    assert place["region"] == {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 16}
    assert (document["level"], finding["level"]) == ("error", "warning")
    assert "baselineState" not in finding
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "c.txt: is gone"
    assert not run["invocations"][0]["executionSuccessful"]


def test_sarif_of_nothing_is_a_run_without_results() -> None:
    log = json.loads(written("sarif"))
    SARIF.validate(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./seeds/a.txt", "seeds/a.txt"),
        (str(Path.cwd() / "a.txt"), "a.txt"),
        ("/elsewhere/a b.txt", "file:///elsewhere/a%20b.txt"),
        ("a:b.txt", "a%3Ab.txt"),
        ("s3://bucket/a.txt", "s3://bucket/a.txt"),
        ("-", "-"),
    ],
)
def test_files_go_by_their_place_in_the_repository(path: str, uri: str) -> None:
    log = json.loads(written("sarif", judged(PLAIN, path)))
    SARIF.validate(log)
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    named = uri.replace("%3A", ":") if "file:" not in uri else path
    shown = written("github", judged(PLAIN, path)).split(",")[0].removeprefix("::error file=")
    assert shown.replace("%3A", ":") == named or shown.startswith("../")


def test_fingerprints_stay_where_places_move() -> None:
    def prints(text: str) -> list[str]:
        results = json.loads(written("sarif", judged(text, "a.txt")))["runs"][0]["results"]
        return [result["partialFingerprints"]["words/v1"] for result in results]

    assert prints(PLAIN) == prints(f"A new first line.\n\n{PLAIN}")
    assert prints(PLAIN)[1] != prints(PLAIN.replace("It was", "They were"))[1]


def test_sarif_marks_what_is_accepted_and_what_is_ignored(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It was brokenly made, as they say in this town.\n")
    stand_in("check", "--write-baseline", ".")
    (tmp_path / "a.txt").write_text(
        "It was brokenly made, as they say in this town.\n"
        "A new thing is brokenly done.\n"
        "An old one too, brokenly. <!-- quality: ignore[M1] -->\n"
    )
    done = stand_in("check", "--format", "sarif", ".")
    assert done.returncode == 1
    log = json.loads(done.stdout)
    SARIF.validate(log)
    results = {
        (result["locations"][0]["physicalLocation"]["region"]["startLine"], result["ruleId"]): (
            result["baselineState"],
            [suppression["kind"] for suppression in result.get("suppressions", [])],
        )
        for result in log["runs"][0]["results"]
    }
    assert results[1, "M101"] == ("unchanged", ["external"])
    assert results[2, "M101"] == ("new", [])
    assert results[3, "M101"] == ("new", ["inSource"])


# --- GitHub -----------------------------------------------------------------------------------------


def test_annotations_name_place_and_code() -> None:
    lines = written("github", judged(PLAIN, "a.txt"), errors=(ReadError("c.txt", "is gone"),)).splitlines()
    assert lines[0].startswith(
        "::error file=a.txt,line=1,col=1,title=quality M100::document reads as machine-translated"
    )
    assert lines[1].startswith(
        "::error file=a.txt,line=2,col=8,endLine=2,endColumn=16,title=quality M101::bad “One line."
    )
    assert lines[2] == "::error title=quality::c.txt: is gone"


def test_an_annotation_is_one_command_whatever_the_document_says() -> None:
    output = written("github", judged(HOSTILE, "a:b,c%\n::error::x.txt"))
    lines = output.split("\n")
    assert len(lines) == 3
    for line in lines[:-1]:
        properties, _, message = line.removeprefix("::error ").partition("::")
        assert [part.partition("=")[0] for part in properties.split(",")][:3] == ["file", "line", "col"]
        assert "file=a%3Ab%2Cc%25\\x0a%3A%3Aerror%3A%3Ax.txt" in properties
        assert not re.search(r"%(?!25)", message)
    assert len(output.splitlines()) == 2


@pytest.mark.parametrize(
    "path", ["::error::a.txt", " ::add-mask::a.txt", "##[add-mask]a.txt", "a##vso[task.logissue]b"]
)
def test_a_line_of_text_is_no_command_to_whoever_reads_the_log(path: str) -> None:
    for line in written(
        "text", judged("Some ##[stop-commands]brokenly ##[x", path, words="brokenly ##[x")
    ).splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


# --- JUnit ------------------------------------------------------------------------------------------


def test_junit_has_a_test_for_each_document_and_an_error_for_each_that_could_not_be_read() -> None:
    clean = Report(
        id=None, path="b.txt", language="en", words=30, verdict="clean", kinds=(), scores={}, thresholds={},
        signature="",
    )  # fmt: skip
    found = (judged(PLAIN, "a.jsonl", id="k7", line=3), Judged(Document("", path="b.txt"), clean, ()))
    suites = ET.fromstring(written("junit", *found, errors=(ReadError("c.txt", "is gone"),)))
    assert suites.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    cases = suites.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["a.jsonl:3 (k7)", "b.txt", "c.txt"]
    failure = cases[0].find("failure")
    assert failure is not None
    assert failure.text
    assert failure.get("type") == "M100"
    assert failure.text.splitlines()[1].startswith("a.jsonl:3:1: M101 bad")
    assert list(cases[1]) == []
    error = cases[2].find("error")
    assert error is not None
    assert error.get("message") == "is gone"


# --- CSV --------------------------------------------------------------------------------------------


def test_csv_of_check_has_a_row_for_each_problem_and_of_score_for_each_document() -> None:
    found = judged(PLAIN, 'a "b", c.txt')
    problems = list(csv.DictReader(io.StringIO(written("csv", found))))
    assert [(row["path"], row["line"], row["code"], row["subject"], row["status"]) for row in problems] == [
        ('a "b", c.txt', "1", "M100", "document", "new"),
        ('a "b", c.txt', "2", "M101", "finding", "new"),
    ]
    (row,) = csv.DictReader(io.StringIO("".join(score_format("csv")([found], ()))))
    assert (row["verdict"], row["kinds"], row["machine_translation"], row["spinning"]) == (
        "damaged", "machine_translation", "0.9700", "",
    )  # fmt: skip


# --- all of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_a_hostile_document_comes_out_inert(name: str) -> None:
    path = "a\n\x1b[31m<b>\"':\u202e,.txt"
    output = written(name, judged(HOSTILE, path), errors=(ReadError(path, HOSTILE),))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", output)
    if name == "sarif":
        SARIF.validate(json.loads(output))
    elif name == "junit":
        assert "\ufffe" not in output
        suites = ET.fromstring(output)
        assert {element.tag for element in suites.iter()} == {"testsuites", "testsuite", "testcase", "failure", "error"}
    elif name == "csv":
        assert [len(row) for row in csv.reader(io.StringIO(output))] == [11, 11, 11]
    elif name == "text":
        assert len(output.splitlines()) == 2


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_hostile_files_come_out_inert_from_the_command_line(quality: Run, tmp_path: Path, name: str) -> None:
    spun = (Path(__file__).parents[1] / "seeds" / "en-spun-severe-bees.txt").read_text(encoding="utf-8")
    text = spun.replace(".\n", f". {HOSTILE.replace(chr(0), '').replace(chr(13), '')}.\n", 2)
    names = [
        "::error::a.txt",
        "a\n::error::b:1,c%0A.txt",
        "<img src=x onerror=alert(1)>'\".md",
        "\x1b[31m\x07\u202e.txt",
        os.fsdecode(b"not utf-8 \xff.txt"),
    ]
    for hostile in names:
        (tmp_path / hostile).write_text(text, encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": f"{HOSTILE}\n::error::x", "text": text}) + "\n")
    (tmp_path / "\x1b[2J.txt").write_bytes(b"\xff")
    names += ["a.jsonl", "\x1b[2J.txt"]
    done = quality("check", "--format", name, *names)
    assert done.returncode == 1
    output = done.stdout.decode()
    for stream in (output, done.stderr.decode()):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", stream)
    assert "Gregorian calendar month" in output
    if name == "sarif":
        log = json.loads(output)
        SARIF.validate(log)
        places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
        assert len({place["artifactLocation"]["uri"] for place in places}) == 6
    elif name == "junit":
        assert ET.fromstring(output).attrib == {"tests": "7", "failures": "6", "errors": "1"}
    elif name == "csv":
        assert {len(row) for row in csv.reader(io.StringIO(output))} == {11}
    elif name == "html":
        assert output.count("<script>") == 1
        assert "<img" not in output
    else:
        line = r"::error " if name == "github" else r"(?!\s*::).*:\d+:\d+: S2\d\d "
        assert all(re.match(line, shown) for shown in output.splitlines())


def test_a_baseline_holds_hostile_names_and_finds_their_files_again(stand_in: Run, tmp_path: Path) -> None:
    names = ["a\nb:1,c%0A \"'.txt", "\x1b[31m\u202e.txt", os.fsdecode(b"not utf-8 \xff.txt")]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(f"Town {number} was brokenly made {number} times.\n")
    assert stand_in("check", "--write-baseline", *names).returncode == 0
    assert stand_in("check", *names).returncode == 0
    (tmp_path / "b.txt").write_text("fine")
    assert stand_in("check", ".").stderr == b""
    for name in names[:2]:
        (tmp_path / name).unlink()
    assert b"nothing any more" not in stand_in("check", names[2]).stderr
    assert b" entries match nothing any more" in stand_in("check", "b.txt", "../" + tmp_path.name).stderr


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_reports_are_the_same_twice_and_in_any_order_of_arguments(stand_in: Run, tmp_path: Path, name: str) -> None:
    for number, text in enumerate((PLAIN, "Fine.", "brokenly " * 30)):
        (tmp_path / f"{number}.txt").write_text(text)
    first = stand_in("check", "--format", name, "0.txt", "1.txt", "2.txt", "3.txt")
    second = stand_in("check", "--format", name, "2.txt", "3.txt", "0.txt", "2.txt", "1.txt", "--jobs", "2")
    assert first.returncode == 1
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)
    assert first.stdout


def test_a_report_in_a_file_is_whole_and_the_summary_is_said(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PLAIN)
    done = stand_in("check", "--format", "junit", "--output", "report.xml", "a.txt")
    assert (done.returncode, done.stdout) == (1, b"")
    assert ET.parse(tmp_path / "report.xml").getroot().get("failures") == "1"
    assert done.stderr.startswith(b"quality: 1 document: 1 damaged")
