from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import Document, Report, Scorer
from quality.removal import without
from quality.segmentation import segment

SCORER = Scorer(explain=False)


def called(text: str, *furniture: int, markdown: bool = False) -> Report:
    """A report that calls the numbered paragraphs furniture, and no other."""
    report = SCORER.score_document(Document(text, format="markdown" if markdown else "text"))
    return replace(
        report,
        paragraphs=tuple(
            replace(one, kinds=("boilerplate",) if one.index in furniture else ()) for one in report.paragraphs
        ),
    )


@pytest.mark.parametrize(
    ("text", "furniture", "left"),
    [
        ("One.\nTwo.\nThree.\n", (1,), "One.\nThree.\n"),
        ("One.\r\nTwo.\r\nThree.", (0, 2), "Two.\r\n"),
        ("One.\n\nTwo.\n\nThree.", (1,), "One.\n\n\nThree."),
        ("  One. \n\t Two.\t\n", (0,), "\t Two.\t\n"),
        ("One.\u2028Two.\x85Three.", (0, 1), "Three."),
        ("One.\nTwo.", (), "One.\nTwo."),
        ("One.\nTwo.", (0, 1), ""),
    ],
)
def test_lines_of_the_kind_go_and_nothing_else(text: str, furniture: tuple[int, ...], left: str) -> None:
    assert without(called(text, *furniture)) == left


def test_in_markdown_the_marks_go_with_their_paragraph() -> None:
    text = "# Title\n\nOne\nand more.\n\n- [Share](x.html)\n- Two.\n"
    assert without(called(text, 2, markdown=True)) == "# Title\n\nOne\nand more.\n\n- Two.\n"


def test_other_kinds_can_be_taken_out() -> None:
    report = called("One.\nTwo.\n")
    foreign = replace(report.paragraphs[0], kinds=("foreign_language",))
    report = replace(report, paragraphs=(foreign, report.paragraphs[1]))
    assert without(report) == "One.\nTwo.\n"
    assert without(report, "foreign_language") == "Two.\n"


@given(st.lists(st.sampled_from(["a", "b c", "", " ", "\t"]), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_is_left_are_the_other_paragraphs(lines: list[str], end: str) -> None:
    text = end.join(lines)
    paragraphs = segment(Document(text))
    every_second = tuple(range(0, len(paragraphs), 2))
    left = segment(Document(without(called(text, *every_second))))
    assert [one.text for one in left] == [one.text for one in paragraphs[1::2]]
