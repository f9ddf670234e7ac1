from __future__ import annotations

import json
import time
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from quality import Scorer
from quality.document import Document
from quality.features import Batch, Evidence, boilerplate
from quality.features.boilerplate_lines import join
from quality.features.boilerplate_wording import WORDING_NAMES
from quality.findings import CODES
from quality.model import Head, Models
from quality.segmentation import segment
from quality.trees import TreeHead

PHRASES = Path(boilerplate.__file__).with_name("boilerplate_phrases.toml")

ARTICLE = [
    "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in March.",
    "Engineers had told the members that the northern pier would not carry another winter of heavy traffic.",
    "A new bridge would cost four million, and nobody in the room could say where the money was to come from.",
]


class NoModels(Models):
    """Models without a boilerplate head."""

    def __init__(self) -> None:
        super().__init__("nowhere")

    @property
    def heads(self) -> dict[tuple[str, str, str], Head]:
        return {}


def measured(*lines: str) -> Evidence:
    document = Document("\n".join(lines))
    return boilerplate.measure(Batch.of([segment(document)]), NoModels(), language="en", explain=False)


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("comment", "Leave a Reply"),
        ("comment", "36 Comments"),
        ("comment", "12 thoughts on “The bridge”"),
        ("comment", "Kommentare (3)"),
        ("comment", "5 комментариев"),
        ("comment", "Deine E-Mail-Adresse wird nicht veröffentlicht."),
        ("login", "Yorum yapabilmek için ÜYE GİRİŞİ yapmanız gerekmektedir."),
        ("login", "Bitte melden Sie sich an."),
        ("consent", "Diese Website verwendet Cookies"),
        ("newsletter", "Abonnez-vous à notre newsletter"),
        ("share", "Поделиться"),
        ("related", "関連記事はこちら"),
        ("related", "(MORE: Bridge closed after flood)"),
        ("credit", "Jane Doe/AFP/Getty Images"),
        ("credit", "FOTO: Das Rathaus am Abend"),
        ("byline", "By Jane Doe"),
        ("byline", "Von Erika Muster"),
        ("tag", "asia-pacific"),
        ("legal", "Todos los derechos reservados"),
        ("navigation", "Przejdź do treści"),
        ("missing", "Страница не найдена"),
        ("promotion", "In den Warenkorb"),
        ("author", "About the author"),
    ],
)
def test_a_phrase_or_pattern_gives_its_reason(reason: str, line: str) -> None:
    assert measured(*ARTICLE, line).column(f"{reason}_said")[-1] == 1.0


@pytest.mark.parametrize(
    "line",
    [
        "BERLIN (dpa) – Der Rat hat am Dienstag getagt.",
        "By the time the council met, the river had fallen.",
        "Von hier aus sieht man den Fluss.",
        "He was at home.",
        "12 comments were deleted by the council.",
        "2. Kommentar",
        "The newsletters of that century were written by hand.",
    ],
)
def test_prose_gives_no_reason(line: str) -> None:
    evidence = measured(*ARTICLE, line)
    assert not any(evidence.column(name)[-1] for name in evidence.names if name.endswith("_said"))


def test_a_phrase_ends_where_a_word_ends() -> None:
    assert measured("Log in").column("login_said")[0] == 1.0
    assert measured("Log into").column("login_said")[0] == 0.0


def test_turkish_capitals_do_not_move_the_offsets() -> None:
    document = Document("İİİİ ÜYE GİRİŞİ")
    lines = join(segment(document))
    assert len(lines.folded) == len(lines.text)


def test_a_title_said_twice_is_noticed() -> None:
    column = measured("A bridge for the town", *ARTICLE, "A bridge for the town").column("repeats")
    assert column[0] > 0
    assert column[1] == 0


def test_the_article_is_the_run_of_prose_and_the_distance_to_it_has_a_sign() -> None:
    evidence = measured("Home", "News", *ARTICLE, "Short and plain", *ARTICLE, "Contact", "Imprint")
    assert evidence.column("in_article").tolist() == [0.0] * 2 + [1.0] * 7 + [0.0] * 2
    np.testing.assert_allclose(np.expm1(np.abs(evidence.column("from_article"))), [2, 1, *[0] * 7, 1, 2])
    assert np.sign(evidence.column("from_article")).tolist() == [-1.0] * 2 + [0.0] * 7 + [1.0] * 2


def test_a_document_without_prose_has_no_article() -> None:
    assert not measured("Home", "News", "Contact").column("in_article").any()


def test_a_line_knows_how_far_it_is_from_the_heading_of_its_section() -> None:
    column = measured(*ARTICLE, "Leave a Reply", "Nice one", "Me too").column("comment_up")
    assert np.expm1(column)[3:].tolist() == pytest.approx([99.0, 1.0, 2.0])
    assert measured(*ARTICLE).column("comment_up").tolist() == pytest.approx([np.log(100.0)] * 3)


def test_where_the_article_is_depends_on_the_document_alone() -> None:
    pages = [segment(Document("\n".join(lines))) for lines in (ARTICLE, ["Home", *ARTICLE], ["Home", "News"])]
    together = boilerplate.measure(Batch.of(pages), NoModels(), language="en", explain=False).matrix
    apart = [boilerplate.measure(Batch.of([page]), NoModels(), language="en", explain=False).matrix for page in pages]
    np.testing.assert_array_equal(together, np.vstack(apart))


def test_rows_depend_on_the_document_alone() -> None:
    first = measured(*ARTICLE, "Leave a Reply").matrix
    measured("Something else", *ARTICLE)
    np.testing.assert_array_equal(first, measured(*ARTICLE, "Leave a Reply").matrix)


@pytest.mark.parametrize("text", ["", "\n\n", "—", "\ud800", "\U0010ffff x", "́" * 50, "a" * 5000, "1\n" * 50])
def test_odd_texts_are_measured(text: str) -> None:
    document = Document(text)
    evidence = boilerplate.measure(Batch.of([segment(document)]), NoModels(), language="en", explain=True)
    assert evidence.matrix.shape == (len(segment(document)), len(boilerplate.NAMES))
    assert len(evidence.spans) == len(evidence.matrix)


def test_paragraphs_over_several_lines_keep_their_offsets() -> None:
    document = Document("# Title\n\nLeave\na reply\n", format="markdown")
    paragraphs = segment(document)
    evidence = boilerplate.measure(Batch.of([paragraphs]), NoModels(), language="en", explain=False)
    assert evidence.column("comment_said").tolist() == [0.0, 1.0]


def test_every_reason_has_a_code_that_is_explained() -> None:
    assert set(boilerplate.REASONS.values()) <= set(CODES)
    assert {"B320", "L501"} <= set(CODES)


def test_phrases_are_lower_case_and_stand_once_in_a_list() -> None:
    tables = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
    for reason, languages in tables.items():
        assert reason in boilerplate.REASONS
        for language, phrases in languages.items():
            assert [phrase for phrase, count in Counter(phrases).items() if count > 1] == [], (reason, language)
            assert [phrase for phrase in phrases if phrase != phrase.lower()] == [], (reason, language)
            assert all(phrase.strip("^$") == phrase.strip("^$").strip() != "" for phrase in phrases)


def test_the_commonest_reasons_are_known_in_at_least_25_languages() -> None:
    tables = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
    for reason in ("comment", "consent", "newsletter", "share", "login", "related", "legal", "byline", "missing"):
        assert len(tables[reason]) >= 25, reason


def tree_head() -> TreeHead:
    """One tree: log-odds 2 where the first feature is over 0.5, else -1."""
    empty = np.empty(0)
    return TreeHead(
        kind="boilerplate", level="paragraph", language="any", features=("a", "b"), mean=empty, scale=empty,
        coefficients=empty, intercept=0.5, knots=np.array([-4.0, 4.0]), values=np.array([0.0, 1.0]), threshold=0.6,
        source="a test", feature=np.array([[0, 0, 0]]), split=np.array([[0.5, 0.0, 0.0]]),
        left=np.array([[1, 1, 2]]), right=np.array([[2, 1, 2]]), leaf=np.array([[0.0, -1.0, 2.0]]), depth=2,
    )  # fmt: skip


def test_trees_decide_and_calibrate() -> None:
    head = tree_head()
    rows = np.array([[1.0, 9.0], [0.5, 9.0], [np.nan, 0.0]])
    assert head.decision(rows).tolist() == [2.5, -0.5, -0.5]
    assert head.probability(rows).tolist() == [0.8125, 0.4375, 0.4375]
    assert head.contributions(rows[0]) == {"a": 3.0, "b": 0.0}
    assert head.decision(np.empty((0, 2))).shape == (0,)


def test_trees_survive_json() -> None:
    head = tree_head()
    again = TreeHead.from_dict(json.loads(json.dumps(head.to_dict())))
    rows = np.random.default_rng(0).random((700, 2))
    np.testing.assert_array_equal(head.decision(rows), again.decision(rows))
    one_by_one = np.concatenate([head.decision(rows[at : at + 1]) for at in range(len(rows))])
    np.testing.assert_array_equal(head.decision(rows), one_by_one)


def test_a_line_to_sign_on_takes_no_time() -> None:
    """Parts of a tag that could be cut in any place would be tried in every way, for a minute and more."""
    began = time.process_time()
    report = Scorer(language="en").score(f"{'_' * 60} visit the old mill\n{'a_' * 70}!\nasia_pacific")
    assert time.process_time() - began < 10
    assert {finding.code for finding in report.paragraphs[2].findings} == {"B309"}


BESIDE = (
    "Engineers talk about the winter and the northern bridge, which would cost four million.",
    "Bakers everywhere mourn the summer, because strawberries were cheaper before the harvest failed in spring.",
)


def test_prose_that_shares_no_word_with_the_article_is_told_from_it() -> None:
    evidence = measured(*ARTICLE, *BESIDE, "Home | News")
    shared = evidence.column("shared_with_article")
    assert shared[3] > 0.5 > shared[4]
    assert evidence.column("new_words")[0] == 1.0
    assert evidence.column("new_words")[3] < 0.5


def test_a_line_does_not_share_its_words_with_itself() -> None:
    assert measured(ARTICLE[0], *("Home", "News") * 3).column("shared_with_article")[0] == 0.0


def test_how_the_words_of_a_few_lines_go_together_is_unknown() -> None:
    few, enough = measured(*ARTICLE, *BESIDE), measured(*ARTICLE, *BESIDE, "Home | News")
    for name in WORDING_NAMES:
        assert len(set(few.column(name))) == 1
    shares = [name for name in WORDING_NAMES if name.startswith("shared") or name == "new_words"]
    assert max(few.column(name).max() for name in shares) < 0 <= min(enough.column(name).min() for name in shares)
