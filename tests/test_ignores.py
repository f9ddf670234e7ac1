"""Comments in a text that pass over what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from quality.gate.ignores import find_ignores

BODY = "All is well.\n\nIt was brokenly made.\n\nAnd brokenly kept.\n"


def shown(run: Run, directory: Path, text: str, name: str = "a.md") -> list[str]:
    """Places and codes that `quality check` prints."""
    (directory / name).write_text(text)
    done = run("check", name)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == (1 if lines else 0)
    return [" ".join(line.split()[:2]).removeprefix(f"{name}:") for line in lines]


def test_without_comments_everything_is_told(stand_in: Run, tmp_path: Path) -> None:
    assert shown(stand_in, tmp_path, BODY) == ["1:1: M100", "3:8: M101", "5:5: M101"]


def test_a_file_can_be_ignored_from_any_place_in_it(stand_in: Run, tmp_path: Path) -> None:
    comments = [
        "<!-- quality: ignore-file -->",
        "<!--quality:ignore-file[M]: it is a specimen-->",
        "<!-- quality: ignore-file[M100,m101] -->",
        "[//]: # (quality: ignore-file)",
        "# quality: ignore-file",
        "  // quality: ignore-file[M1]",
        "% quality: ignore-file",
    ]
    places = ["{comment}\n{body}", "{body}\n{comment}\n", "{body}\r\n{comment}\r\n"]
    for number, comment in enumerate(comments):
        for at, place in enumerate(places):
            (tmp_path / f"{number}-{at}.md").write_bytes(place.format(comment=comment, body=BODY).encode())
    done = stand_in("check", ".")
    assert (done.returncode, done.stdout) == (0, b"")


def test_codes_limit_what_is_ignored(stand_in: Run, tmp_path: Path) -> None:
    others = shown(stand_in, tmp_path, f"<!-- quality: ignore-file[S2] -->\n{BODY}")
    assert others == ["1:1: M100", "4:8: M101", "6:5: M101"]
    assert shown(stand_in, tmp_path, f"<!-- quality: ignore-file[M101] -->\n{BODY}") == ["1:1: M100"]


def test_a_line_is_ignored_where_the_comment_stands_on_it(stand_in: Run, tmp_path: Path) -> None:
    text = BODY.replace("made.", "made. <!-- quality: ignore[M101] a word of the trade -->")
    assert shown(stand_in, tmp_path, text) == ["1:1: M100", "5:5: M101"]


def test_ignore_next_is_for_the_paragraph_that_follows(stand_in: Run, tmp_path: Path) -> None:
    text = BODY.replace("It was", "<!-- quality: ignore-next -->\n\nIt was")
    assert shown(stand_in, tmp_path, text) == ["1:1: M100", "7:5: M101"]
    text = BODY.replace("It was", "<!-- quality: ignore-next[S2] -->\n\nIt was")
    assert shown(stand_in, tmp_path, text) == ["1:1: M100", "5:8: M101", "7:5: M101"]


def test_words_that_merely_speak_of_it_ignore_nothing(stand_in: Run, tmp_path: Path) -> None:
    sentences = ("quality: ignore-file", "# quality: ignore-file and read on", "<!-- quality: ignored-file -->")
    text = BODY + "".join(f"\n{sentence}\n" for sentence in sentences)
    assert shown(stand_in, tmp_path, text) == ["1:1: M100", "3:8: M101", "5:5: M101"]


def test_a_mistyped_code_is_told_and_ignores_nothing(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"All.\n<!-- quality: ignore-file[M999] -->\n{BODY}")
    done = stand_in("check", "a.txt")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[0] == (
        "quality: a.txt:2: no code begins with M999; quality explain lists the codes"
    )


def test_a_record_is_ignored_by_a_comment_in_its_own_text(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "One brokenly. <!-- quality: ignore-file -->"}\n{"text": "Two brokenly."}\n'
    )
    lines = stand_in("check", "a.jsonl").stdout.decode().splitlines()
    assert {line.split()[0] for line in lines} == {"a.jsonl:2:1:"}


PAGE = (
    "<!DOCTYPE html>{before}<html><head><title>Town</title></head><body><nav><a href='/'>Home</a></nav>{top}<article>"
    "<h1>The town and its people</h1>\n{over}\n<p>It was brokenly made, as the people of the town told us again "
    "in those days.{on}</p>\n{between}<ul><li>And it was brokenly kept by all of their children until today, as they "
    "say.</li>\n<li>Nothing else of any importance was told about it by anybody in the town.</li></ul></article>"
    "</body></html>"
)
FORMS = dict.fromkeys(("before", "top", "over", "on", "between"), "")


@pytest.mark.parametrize(
    ("place", "comment", "left"),
    [
        ("top", "", ["1:1: M100", "2:8: M101", "3:14: M101"]),
        ("before", "<!-- quality: ignore-file -->", []),
        ("top", "<!-- quality: ignore-file[M]: a specimen -->", []),
        ("on", "<!-- quality: ignore-file[M101] -->", ["1:1: M100"]),
        ("on", " <!-- quality: ignore[M101] -->", ["1:1: M100", "3:14: M101"]),
        ("over", "<!-- quality: ignore-next -->", ["1:1: M100", "3:14: M101"]),
        ("between", "<!-- quality: ignore-next[M1] why --><!-- other -->", ["1:1: M100", "2:8: M101"]),
        ("between", "<!-- quality: ignore-next[S2] --><!-- quality: ignore-next[M1] -->", ["1:1: M100", "2:8: M101"]),
        ("between", "<!-- quality: ignore-next[M1] --><!-- quality: ignore-next[S2] -->\n", ["1:1: M100", "2:8: M101"]),
        ("on", " <!-- quality: ignore-next -->", ["1:1: M100", "2:8: M101"]),
        ("over", "<!-- quality: ignored -->", ["1:1: M100", "2:8: M101", "3:14: M101"]),
    ],
)
def test_comments_of_a_web_page_are_heeded_where_they_stand(
    stand_in: Run, tmp_path: Path, place: str, comment: str, left: list[str]
) -> None:
    pytest.importorskip("trafilatura", reason="needs quality[html]")
    found = shown(stand_in, tmp_path, PAGE.format(**FORMS | {place: comment}), "a.html")
    if place in ("over", "between") and "next" in comment:  # its blanks shift the columns of the line that it went to
        found, left = [line.split(":")[0] for line in found], [line.split(":")[0] for line in left]
    assert found == left


def test_a_comment_in_a_web_page_changes_no_score(quality: Run, tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="needs quality[html]")
    (tmp_path / "a.html").write_text(PAGE.format(**FORMS))
    commented = FORMS | {
        "over": "<!-- quality: ignore-next -->",
        "on": "<!-- quality: ignore[M1] for the sake of it -->",
    }
    (tmp_path / "b.html").write_text(PAGE.format(**commented))
    rows = quality("score", "--min-words", "5", "--format", "csv", ".").stdout.decode().splitlines()[1:]
    first, second = (row.split(",")[3:] for row in rows)
    assert first == second


def test_comments_are_not_scored(quality: Run, tmp_path: Path) -> None:
    text = "The old mill stands by the river, and its wheel turns every single day of the year.\n" * 4
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.txt").write_text(f"{text}<!-- quality: ignore-next[M101] for the wheel that turns -->\n")
    scores = [line.split(",")[3:-2] for line in quality("score", "--format", "csv", ".").stdout.decode().splitlines()]
    assert scores[1] == scores[2]


@given(st.text(st.sampled_from("ab \r\n<!->[]quality: ignore-file,M1#/()"), max_size=60))
def test_blanking_keeps_offsets_and_lines(text: str) -> None:
    masked, _ = find_ignores(text)
    assert len(masked) == len(text)
    assert [c for c in masked if c in "\r\n"] == [c for c in text if c in "\r\n"]
