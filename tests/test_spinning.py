"""Evidence of article spinning: the lexicon read backwards, the repair test, features and findings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quality.document import Document
from quality.features import Batch, Evidence, Span, spinning
from quality.features.spinning import CLASSES, Candidates, Lexicon
from quality.findings import finding
from quality.model import Models, default_models
from quality.segmentation import segment
from quality.training.spinning_lexicon import (
    Counts,
    build_lexicon,
    count,
    lexicon_arrays,
    read_rules,
    same_word,
    word_pairs,
)


class Reader:
    """A language model of single words: log10 probabilities, everything else at -7."""

    def __init__(self, **probabilities: float) -> None:
        self.probabilities = probabilities

    def BeginSentenceWrite(self, state: object) -> None: ...

    def NullContextWrite(self, state: object) -> None: ...

    def BaseScore(self, before: object, word: str, after: object) -> float:
        return self.probabilities.get(word.lower(), -7.0)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self.probabilities


READER = Reader(
    the=-1.0, fields=-4.0, are=-0.8, large=-3.0, never=-0.9, area=-4.0, unit=-4.5, said=-2.0, same=-3.0, un=-4.0
)
TABLE = {
    "are": {"area unit": (0.2, "generic"), "square measure": (0.2, "generic")},
    "never": {"ne'er": (0.3, "synonyms")},
    "un": {"United Nations": (0.3, "generic")},
    "said": {"same": (0.2, "rules")},
    "an": {"AN": (0.3, "rules")},
}
PEOPLE = "The fields are large . He never said an Un was the same . " * 40


def world(table: Mapping[str, Mapping[str, tuple[float, str]]] = TABLE) -> Lexicon:
    counts: Counts = count([PEOPLE])
    weights = np.zeros(spinning.PLACE_FEATURES + 1)
    # Weight = bounded gain, for every class.
    weights[1 + len(CLASSES) : 1 + 2 * len(CLASSES)] = 1.0
    return Lexicon.from_arrays(lexicon_arrays(build_lexicon(table, counts, READER), counts, weights))


def places(text: str, lexicon: Lexicon | None = None) -> tuple[Lexicon, Candidates]:
    lexicon = lexicon or world()
    return lexicon, spinning.candidates(lexicon, READER, [p.channel for p in segment(Document(text))])


def evidence(text: str) -> Evidence:
    lexicon, found = places(text)
    return spinning.evidence_of(segment(Document(text)), lexicon, found)


def test_a_substitution_is_found_backwards_with_its_original() -> None:
    _, found = places("The fields area unit large.")
    best = int(found.gain.argmax())
    assert found.ranked(best)[0] == "are"
    assert found.gain[best] > 5.0


def test_the_original_is_cased_like_the_place() -> None:
    _, found = places("Ne’er area unit the fields large.")
    assert {found.ranked(place)[0] for place in range(len(found.gain))} == {"Never", "are"}


def test_common_spellings_of_a_short_name_are_all_originals() -> None:
    _, found = places("Kim Jong United Nations said.")
    assert found.ranked(0) == ("Un",)


def test_a_name_without_capitals_is_not_tried() -> None:
    _, found = places("kim jong united nations said.")
    assert "Un" not in {found.ranked(place)[0] for place in range(len(found.gain))}


def test_an_acronym_is_an_entry_of_its_own() -> None:
    lexicon = world()
    assert len(spinning.lookup(lexicon, ["AN"])[0]) == 1
    assert len(spinning.lookup(lexicon, ["An"])[0]) == 0


def test_places_do_not_reach_over_paragraphs() -> None:
    _, found = places("The fields area\nunit large.")
    assert len(found.start) == 0


def test_spans_cover_the_words_of_the_document() -> None:
    text = "A line.\n“The fields” ne’er area unit large."
    spans = [span for spans in evidence(text).spans for span in spans]
    assert [(text[span.start : span.end], span.suggestion) for span in spans] == [
        ("ne’er", "never"),
        ("area unit", "are"),
    ]


def test_a_phrase_that_comes_again_counts_less() -> None:
    once = evidence("The fields area unit large.").column("spun_new_evidence")[0]
    twice = evidence("The fields area unit large. The fields area unit large.").column("spun_new_evidence")[0]
    assert once < twice < 2 * once


def test_clean_text_has_no_evidence() -> None:
    measured = evidence("The fields are large. He never said that.")
    assert measured.spans == ((),)
    assert measured.column("spun_evidence")[0] == 0.0


def test_unresolved_choices_are_found() -> None:
    text = "It loads {the knowledge|information|data} fast."
    (spans,) = evidence(text).spans
    assert [(span.code, text[span.start : span.end]) for span in spans] == [
        ("S205", "{the knowledge|information|data}")
    ]


@pytest.mark.parametrize("code", ["{string|number}", "{{ page.title | escape }}", "${a b|c d}", "{ a | b }"])
def test_program_code_is_no_unresolved_choice(code: str) -> None:
    assert evidence(f"Put {code} there.").spans == ((),)


def test_a_language_without_lexicon_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.toml").write_text("format = 1\nlanguages = []\n[files]\n", "utf-8")
    document = Document("The fields area unit large.")
    measured = spinning.measure(Batch.of([segment(document)]), Models(tmp_path), language="xx", explain=True)
    assert np.isnan(measured.matrix).all()
    assert np.isnan(spinning.document_row(measured, segment(document))).all()


def test_a_document_without_paragraphs_has_a_row_of_nan() -> None:
    assert np.isnan(spinning.document_row(Evidence.empty(spinning.NAMES, 0), ())).all()


def test_a_paragraph_is_measured_the_same_alone_and_among_others() -> None:
    alone = evidence("The fields area unit large.")
    among = evidence("He ne’er said.\nThe fields area unit large.\nAn un.")
    fresh = spinning.NAMES.index("spun_new_evidence")
    assert np.array_equal(np.delete(alone.matrix[0], fresh), np.delete(among.matrix[1], fresh))


@pytest.mark.parametrize(
    ("code", "words"), [("S201", "area unit"), ("S202", "United Nations"), ("S203", "same"), ("S204", "ne’er")]
)
def test_a_message_names_what_is_expected(code: str, words: str) -> None:
    assert "“right”" in finding(Span(code, 0, len(words), 1.0, "right"), words).message


@pytest.mark.parametrize("name", ["spinning_rules.en", "spinning_rewriter.en"])
def test_rule_lists_are_sorted_and_never_give_the_source_back(name: str) -> None:
    rules = read_rules(name)
    assert list(rules) == sorted(rules)
    for source, targets in rules.items():
        assert source not in targets
        assert len(set(targets)) == len(targets)


def test_spellings_of_one_word_are_no_substitution() -> None:
    assert same_word("organise", "organize")
    assert same_word("Vladimir Putin", "putin")
    assert not same_word("ne'er", "never")
    assert not same_word("period of time", "period")


def test_pairs_must_recur_in_different_phrases(tmp_path: Path) -> None:
    path = tmp_path / "tortured.tsv"
    path.write_text(
        "phrase\texpected\tsource\tpapers\tcondition\n"
        "profound learning\tdeep learning\t\t9\t\n"
        "profound network\tdeep network\t\t9\t\n"
        "fluffy rule\tfuzzy rule\t\t9\t\n",
        "utf-8",
    )
    assert word_pairs(path) == {"deep": {"profound": 2}}


def english() -> Models:
    models = default_models()
    if not (models.directory / "MANIFEST.toml").exists() or not models.has("en/spinning.npz"):
        pytest.skip(f"no trained models in {models.directory}; build them with `make models`")
    return models


def findings(text: str, models: Models) -> list[tuple[str, str, tuple[str, ...]]]:
    document = Document(text)
    measured = spinning.measure(Batch.of([segment(document)]), models, language="en", explain=True)
    return [
        (span.code, text[span.start : span.end], (span.suggestion or "", *span.alternatives))
        for spans in measured.spans
        for span in spans
    ]


#: Awkward registers, written for this test: every sentence has words that spinners like, in their place.
REGISTERS = {
    "survey": "The plot was resurveyed in May. Areas are given in hectares; the older area unit, the perch, is kept in "
    "brackets. One area unit is never mixed with another in a table, and every sheet names the area unit it uses.",
    "college": "Students who hold an associate degree in nursing may enter the third year. The associate degree takes "
    "two years, and most holders of an associate degree go on to study for a bachelor's degree.",
    "verse": "Thou ne'er shalt find on any shore\nA kinder heart than that of old;\nThe winds that blow for evermore\n"
    "Have ne'er a gentler story told.",
    "agency": "The World Health Organization and the United Nations met in Geneva. The World Health Organization "
    "reported on vaccines, and the United Nations on the budget for the coming year.",
}


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_awkward_registers_are_not_called_spun(name: str) -> None:
    models = english()
    document = Document(REGISTERS[name])
    paragraphs = segment(document)
    measured = spinning.measure(Batch.of([paragraphs]), models, language="en", explain=True)
    assert sum(len(spans) for spans in measured.spans) <= 2
    assert "S202" not in {span.code for spans in measured.spans for span in spans}


def test_a_spun_notice_is_restored() -> None:
    found = findings(
        "The library can conjointly open on Sunday. There area unit several rooms for readers, and that they area unit "
        "free for everybody. The building was opened on Gregorian calendar month 4, and it's ne'er been closed.",
        english(),
    )
    named = {words: options for _, words, options in found}
    assert "also" in named["conjointly"]
    assert named["area unit"][0] == "are"
    assert named["ne'er"][0] == "never"


def test_the_spun_specimen_shows_what_stood_there(shared: Path) -> None:
    models = english()
    name = "004_3d813ea5d1d13baf.txt"
    text = (shared / "seeds" / name).read_text(encoding="utf-8")
    labels: dict[str, list[dict[str, Any]]] = json.loads((shared / "seeds" / "labels.json").read_text())[name]["spun"]
    document = Document(text)
    paragraphs = segment(document)
    measured = spinning.measure(Batch.of([paragraphs]), models, language="en", explain=True)
    assert measured.spans[:3] == ((), (), ())
    hit = 0
    for paragraph, spans in zip(paragraphs, measured.spans, strict=True):
        after: dict[str, int] = {}
        for label in labels.get(str(paragraph.index), []):
            at = paragraph.text.index(label["spun"], after.get(label["spun"], 0))
            after[label["spun"]] = at + 1
            start, end = paragraph.start + at, paragraph.start + at + len(label["spun"])
            hit += any(span.start < end and span.end > start for span in spans)
    assert hit >= 20
