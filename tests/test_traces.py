from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from quality import Document
from quality.features import Batch
from quality.features.traces import NAMES, Lexicon, Usual, find, spans
from quality.segmentation import segment

LEXICON = Lexicon(
    capitalised=frozenset({"treffen", "region", "haus"}),
    lower=frozenset({"russischen", "das", "er", "und", "als", "teilte", "es", "die"}),
    function=frozenset({"das", "er", "und", "als", "es", "die"}),
    foreign=frozenset({"talks", "the"}),
    known=frozenset({"Haus", "November", "Norwegen", "er", "Er", "als", "das", "Region"}),
)


def test_a_count_is_as_surprising_as_its_chance_in_what_people_write() -> None:
    rates, shapes = np.full(len(NAMES), 0.001), np.geomspace(0.05, 50.0, len(NAMES))
    counts = np.array([[0.0] * len(NAMES), [1.0] * len(NAMES), [4.0] * len(NAMES)])
    words = np.array([100.0, 100.0, 900.0])
    mean = rates * words[:, None]
    wanted = -np.log10(nbinom.sf(counts - 1, shapes, shapes / (shapes + mean)))
    assert Usual(rates, shapes).surprise(counts, words) == pytest.approx(wanted, abs=1e-9)


def test_one_slip_in_a_long_text_surprises_less_than_in_a_short_one_and_none_not_at_all() -> None:
    usual = Usual(np.full(len(NAMES), 0.001), np.ones(len(NAMES)))
    counts = np.array([[1.0] * len(NAMES), [1.0] * len(NAMES), [0.0] * len(NAMES), [5000.0] * len(NAMES)])
    short, long, none, much = usual.surprise(counts, np.array([50.0, 5000.0, 50.0, 50.0]))[:, 0].tolist()
    assert none == 0.0 < long < short < much == 6.0


def found(text: str) -> dict[str, tuple[str, str | None]]:
    """Code → the words marked and the suggestion, for a text of one paragraph."""
    (own,) = spans(find(Batch.of([segment(Document(text))]), LEXICON), 1)
    return {span.code: (text[span.start : span.end], span.suggestion) for span in own}


@pytest.mark.parametrize(
    ("text", "code", "words", "suggestion"),
    [
        ("Das treffen beginnt heute.", "M111", "treffen", "Treffen"),
        ("Er sprach mit dem Russischen Minister.", "M112", "Russischen", "russischen"),
        ("Nach einer Reise Das teilte er mit.", "M113", "Das", None),
        ("Die Reise nach NorwegenDas endete.", "M114", "NorwegenDas", "Norwegen Das"),
        ("Im letzten Novemberals wir fuhren.", "M114", "Novemberals", "November als"),
        ("Nach den talks fuhr er heim.", "M115", "talks", None),
        ("„Das ist wahr.“ “, sagte er.", "M116", "“ “", None),
        ("Er kam , , und ging.", "M117", " , ,", None),
        ("Er hilft nicht mehr .", "M118", " .", None),
        ("Das war schon (), als er kam.", "M119", "()", None),
        ("Das war Norwegen ' s Plan.", "M120", " ' s", None),
    ],
)
def test_trace_marks_the_words_and_suggests_the_repair(
    text: str, code: str, words: str, suggestion: str | None
) -> None:
    assert found(text)[code] == (words, suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "Das Treffen beginnt. Das Haus steht noch.",
        "Er sagte: „Das ist gut.“ Und er ging.",
        "Die Funktion main() gibt nichts zurück; auch f() nicht.",
        "Er dachte nach ... und ging ... dann heim.",
        "Der Zug – Er hat Verspätung – kommt.",
        "Rock ’n’ Roll und McDonald’s, das ist 3,5 mal so viel.",
        "«Das ist», sagte er, «nicht wahr.»",
    ],
)
def test_clean_writing_leaves_no_trace(text: str) -> None:
    assert found(text) == {}


def test_a_title_in_capitals_is_no_slip() -> None:
    assert "M112" not in found("Wir lasen Vom Russischen Bären Und Anderem gestern.")
