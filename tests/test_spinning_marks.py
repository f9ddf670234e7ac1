"""Which words of a spun text were exchanged: the ways in which spinners work, and marks seen beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from quality import Scorer
from quality.document import Document
from quality.features import Batch, Evidence, Matrix, spinning
from quality.features.spinning_marks import NEVER, PLACE_NAMES, TREES, WORD_NAMES, Marked, Marker, Marks, Settled
from quality.features.spinning_places import PLACE_FEATURES, Lexicon, candidates
from quality.features.spinning_words import CELLS, RATE_STEP, Words
from quality.model import default_models
from quality.segmentation import segment
from quality.training.spinning_counts import count, put_rates
from quality.training.spinning_lexicon import build_lexicon, lexicon_arrays
from quality.training.spinning_marks import fit_marks, way_rates
from quality.training.spinning_substitutions import substitutions

LIKELY = {"the": -1.0, "fields": -4.0, "are": -0.8, "large": -3.0, "never": -0.9, "area": -4.0, "unit": -4.5}


class Reader:
    """A language model of single words: log10 probabilities, everything else at -7."""

    def BeginSentenceWrite(self, state: object) -> None: ...

    def NullContextWrite(self, state: object) -> None: ...

    def BaseScore(self, before: object, word: str, after: object) -> float:
        return LIKELY.get(word.lower(), -7.0)

    def full_scores(self, text: str, bos: bool, eos: bool) -> list[tuple[float, int, bool]]:
        return [(self.BaseScore(None, word, None), 1, word not in self) for word in text.split(" ")] if text else []

    def __contains__(self, word: str) -> bool:
        return word.lower() in LIKELY


#: Thesauri put these.
SYNONYMS = {"large": "sizeable", "fields": "meadows", "old": "aged", "good": "goodly"}
#: Rule lists put these.
RULES = {"also": "conjointly", "said": "same", "will": "can"}
WAYS = {
    **{source: {"synonyms": [(target, 1.0)], "rules": []} for source, target in SYNONYMS.items()},
    **{source: {"synonyms": [], "rules": [(target, 1.0)]} for source, target in RULES.items()},
    "are": {"synonyms": [("area unit", 1.0)], "rules": []},
}
PEOPLE = "The old fields are large and good . He said they will also be so . " * 40
COUNTS = count([PEOPLE])
TABLE = substitutions(WAYS, {"synonyms": 0.5, "rules": 0.5})
#: A nat of misfit for each word that spinners put at all.
FLAT = np.full(CELLS + 1, 0.0, np.float32)


def marker() -> Marker:
    weights = np.zeros(PLACE_FEATURES + 1)
    weights[-1] = 3.0  # every place is worth a look
    known = Lexicon.from_arrays(
        lexicon_arrays(build_lexicon(TABLE, COUNTS, Reader()), COUNTS, weights, "by hand"),
    )
    keys, put = put_rates(TABLE, COUNTS)
    words = Words(keys, put, FLAT)
    rates = way_rates(WAYS, (("synonyms",), ("rules",)), COUNTS, words, known)
    return Marker(Marks(rates["word_ways"], rates["phrase_ways"]), words, known, Reader())


def batch(*texts: str) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def marked(*texts: str, misfits: tuple[str, ...] = ()) -> tuple[Batch, Marked]:
    """The marks of documents in which some words fit badly, and all others well."""
    own, asked = batch(*texts), marker()
    misfit = np.array([2.0 if word in misfits else -0.5 for word in own.channel.all_words])
    settled = Settled.of(own, asked.known, candidates(asked.known, asked.model, own))
    return own, asked.marked(own, settled, misfit)


def column(rows: Matrix, name: str, names: tuple[str, ...] = WORD_NAMES) -> Matrix:
    return rows[:, (*names, "put_here", "put_here_over_any").index(name)]


def of_word(word: str, name: str, *texts: str, misfits: tuple[str, ...]) -> float:
    own, found = marked(*texts, misfits=misfits)
    at = next(i for i, place in enumerate(found.word_at.tolist()) if own.channel.all_words[place] == word)
    return float(column(found.word_rows, name)[at])


def test_a_way_of_spinning_puts_its_own_words_alone() -> None:
    asked = marker()
    rates = asked._word_ways(batch("sizeable conjointly old"))
    assert rates[0, 0] > 0 > rates[0, 1] == NEVER
    assert rates[1, 1] > 0 > rates[1, 0] == NEVER
    assert (rates[2] == NEVER).all()


def test_words_are_put_at_the_rate_at_which_their_sources_are_written() -> None:
    arrays = way_rates(WAYS, (("synonyms",), ("rules",)), COUNTS, marker().words, marker().known)
    assert arrays["word_ways"].dtype == np.int8
    assert arrays["word_ways"].max() * RATE_STEP == pytest.approx(np.log(40.02 / 0.5), abs=RATE_STEP)


def test_a_spinner_of_thesauri_is_not_thought_to_put_words_of_rule_lists() -> None:
    thesaurus, rules = ("sizeable", "meadows", "goodly"), ("conjointly", "same", "can")
    text = "The {} stood there. Her {} were seen. They had {} ones. It was {} so."
    beside_its_like = of_word(
        "aged", "put_here_over_any", text.format(*thesaurus, "aged"), misfits=(*thesaurus, "aged")
    )
    beside_others = of_word("aged", "put_here_over_any", text.format(*rules, "aged"), misfits=(*rules, "aged"))
    assert beside_its_like > 0.1 > -0.1 > beside_others


def test_a_mark_does_not_speak_for_itself() -> None:
    alone = of_word("aged", "put_here_over_any", "It was aged so.", misfits=("aged",))
    assert alone == pytest.approx(0.0, abs=1e-9)


def test_another_document_says_nothing_of_the_spinner() -> None:
    text, other = "It was aged so. He had sizeable ones.", "Her meadows were goodly. It was conjointly can."
    own, found = marked(text, misfits=("aged", "sizeable"))
    _, among = marked(other, text, other, misfits=("aged", "sizeable", "meadows", "goodly", "conjointly", "can"))
    first = int((among.word_at < len(batch(other).channel.ids)).sum())
    assert np.array_equal(found.word_rows, among.word_rows[first : first + len(found.word_rows)], equal_nan=True)
    assert len(own) == 1


def test_neighbours_do_not_reach_over_paragraphs() -> None:
    inside = of_word("aged", "misfit_after", "It was aged sizeable so.", misfits=("aged", "sizeable"))
    outside = of_word("aged", "misfit_after", "It was aged\nsizeable so.", misfits=("aged", "sizeable"))
    assert (inside, outside) == (2.0, 0.0)


def trees(level: str, features: int, leaf: float) -> dict[str, np.ndarray]:
    """One tree of one leaf."""
    rows = np.zeros((60, features))
    arrays = fit_marks({level: np.vstack([rows, rows])}, {level: np.arange(120) % 2 == 0}, 0)
    return {**arrays, f"{level}_intercept": np.array(leaf)}


def judging(odds: float, word_odds: float = -3.0) -> Marker:
    """A marker to which all places and all words are that likely."""
    plain = marker()
    ways = {"word_ways": plain.marks.word_ways, "phrase_ways": plain.marks.phrase_ways}
    more = 2 + plain.marks.word_ways.shape[1]
    grown = {**trees("word", len(WORD_NAMES) + more, word_odds), **trees("place", len(PLACE_NAMES) + more, odds)}
    assert {f"{level}_{name}" for level in ("word", "place") for name in TREES} == set(grown)
    return Marker(Marks.from_arrays({**ways, **grown}), plain.words, plain.known, plain.model)


def evidence(text: str, judge: Marker, *, explain: bool, misfits: float = 0.5) -> tuple[Batch, Evidence]:
    own = batch(text)
    found = candidates(judge.known, judge.model, own)
    misfit = np.full(len(own.channel.ids), misfits)
    return own, spinning.evidence_of(own, judge.known, found, misfit, marker=judge, explain=explain)


@pytest.mark.parametrize(("odds", "shown"), [(3.0, True), (-3.0, False)])
def test_findings_are_weighed_as_marks_of_a_spun_text(odds: float, shown: bool) -> None:
    text = "The fields area unit large."
    _, found = evidence(text, judging(odds), explain=True)
    (spans,) = found.spans
    assert [(text[span.start : span.end], span.weight) for span in spans] == ([("area unit", odds)] if shown else [])


@pytest.mark.parametrize("explain", [True, False])
def test_likely_marks_are_evidence_and_a_phrase_that_comes_again_is_one_mark(explain: bool) -> None:
    text = "The fields area unit large.\nThe rooms area unit free and area unit here."
    own, found = evidence(text, judging(3.0), explain=explain)
    assert found.column("spun_marks") ** 2 == pytest.approx([100.0 / 20.0, 100.0 / 20.0])
    assert found.column("spun_new_marks").sum() == 1.0
    row = dict(zip(spinning.DOCUMENT_NAMES, spinning.document_rows(found, own)[0], strict=True))
    assert row["spun_document_marks"] ** 2 == pytest.approx(100.0 / 60.0)


def test_unlikely_marks_are_no_evidence() -> None:
    _, found = evidence("The fields area unit large.", judging(1.9, 1.9), explain=False)
    assert found.column("spun_marks") == found.column("spun_new_marks") == 0.0


def test_words_are_marks_too() -> None:
    _, found = evidence("The fields area unit large.", judging(-3.0, 3.0), explain=False, misfits=3.0)
    words = len(batch("The fields area unit large.").channel.ids)
    assert found.column("spun_new_marks").tolist() == [words]


def test_a_document_without_words_has_no_marks() -> None:
    own, asked = Batch.of([()]), marker()
    settled = Settled.of(own, asked.known, candidates(asked.known, asked.model, own))
    words, places = asked.odds(own, settled, np.zeros(0))
    assert len(words) == len(places) == 0


def test_words_beside_spun_ones_are_left_alone() -> None:
    models = default_models()
    if not (models.directory / "MANIFEST.toml").exists() or not models.has("en/spinning_marks.npz"):
        pytest.skip(f"no model of marks in {models.directory}; build it with `make models`")
    report = Scorer(models).score(
        "The library can conjointly open on Sunday. There area unit several rooms for readers, and that they area unit "
        "free for everybody. The building was opened on Gregorian calendar month 4, and it's ne'er been closed."
    )
    words = " ".join(item.text for item in report.findings)
    assert not {"library", "readers", "building", "rooms"} & set(words.split())
