"""Evidence of article spinning: the lexicon read backwards, the repair test, features and findings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from quality import Scorer
from quality.document import Document
from quality.features import Batch, Evidence, Span, WordTable, spinning
from quality.features.spinning_places import (
    CLASSES,
    PLACE_FEATURES,
    Candidates,
    Lexicon,
    candidates,
    lookup,
)
from quality.findings import finding
from quality.model import FORMAT, Models, default_models
from quality.report.restore import restored
from quality.segmentation import segment
from quality.training.spinning_counts import Counts, count
from quality.training.spinning_lexicon import build_lexicon, lexicon_arrays, same_word
from quality.training.spinning_substitutions import read_rules, word_pairs


class Reader:
    """A language model of single words: log10 probabilities, everything else at -7."""

    def __init__(self, **probabilities: float) -> None:
        self.probabilities = probabilities

    def BeginSentenceWrite(self, state: object) -> None: ...

    def NullContextWrite(self, state: object) -> None: ...

    def BaseScore(self, before: object, word: str, after: object) -> float:
        return self.probabilities.get(word.lower(), -7.0)

    def full_scores(self, text: str, bos: bool, eos: bool) -> list[tuple[float, int, bool]]:
        return [(self.BaseScore(None, word, None), 1, word not in self) for word in text.split(" ")] if text else []

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
    weights = np.zeros(PLACE_FEATURES + 1)
    # Weight = bounded gain, for every class.
    weights[1 + len(CLASSES) : 1 + 2 * len(CLASSES)] = 1.0
    return Lexicon.from_arrays(lexicon_arrays(build_lexicon(table, counts, READER), counts, weights, "by hand"))


def places(text: str, lexicon: Lexicon | None = None) -> tuple[Lexicon, Candidates]:
    lexicon = lexicon or world()
    return lexicon, candidates(lexicon, READER, batch(text))


def batch(*texts: str) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def evidence(text: str) -> Evidence:
    lexicon, found = places(text)
    return spinning.evidence_of(batch(text), lexicon, found, None, explain=True)


def test_a_substitution_is_found_backwards_with_its_original() -> None:
    _, found = places("The fields area unit large.")
    best = int(found.gain.argmax())
    assert found.ranked(best)[0] == "are"
    assert found.gain[best] > 5.0


def test_the_original_is_cased_like_the_place() -> None:
    _, found = places("Ne’er area unit the fields large.")
    assert {found.ranked(place)[0] for place in range(len(found.gain))} == {"Never", "are"}


def test_common_spellings_of_a_short_name_are_all_originals() -> None:
    _, found = places("Ada Bell United Nations said.")
    (place,) = np.flatnonzero(found.length == 2)
    assert found.ranked(int(place)) == ("Un",)


def test_a_name_without_capitals_is_not_tried() -> None:
    _, found = places("ada bell united nations said.")
    assert "Un" not in {found.ranked(place)[0] for place in range(len(found.gain))}


def test_an_acronym_is_an_entry_of_its_own() -> None:
    lexicon = world()
    assert len(lookup(lexicon, WordTable.of([["AN"]]))[0]) == 1
    assert len(lookup(lexicon, WordTable.of([["An"]]))[0]) == 0


def test_places_do_not_reach_over_paragraphs() -> None:
    _, found = places("The fields area\nunit large.")
    assert len(found) == 0


def test_spans_cover_the_words_of_the_document() -> None:
    text = "A line.\n“The fields” ne’er area unit large."
    spans = [span for spans in evidence(text).spans for span in spans]
    assert [(text[span.start : span.end], span.suggestion) for span in spans] == [
        ("ne’er", "never"),
        ("area unit", "are"),
    ]


def test_a_phrase_that_comes_again_counts_once() -> None:
    once = evidence("The fields area unit large.").column("spun_new_evidence").sum()
    twice = evidence("The fields area unit large. The fields area unit large.\nThe fields area unit large.")
    other = evidence("The fields area unit large. He ne’er said that.").column("spun_new_evidence").sum()
    assert twice.column("spun_new_evidence").sum() == once < other


class Opening(Reader):
    """Knows that no sentence opens with "Are"."""

    def BaseScore(self, before: object, word: str, after: object) -> float:
        return -9.0 if word == "Are" else super().BaseScore(before, word, after)


def test_a_phrase_that_elsewhere_is_in_its_place_is_believed_the_less() -> None:
    def strongest(text: str) -> float:
        measured, reader = batch(text), Opening(**READER.probabilities)
        found = candidates(world(), reader, measured)
        evidence = spinning.evidence_of(measured, world(), found, None, explain=False)
        return float(evidence.column("spun_strongest")[0])

    alone = strongest("The fields area unit large.")
    assert 0.0 < strongest("The fields area unit large.\nArea unit said.") < alone


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
    (tmp_path / "MANIFEST.toml").write_text(f"format = {FORMAT}\nlanguages = []\n[files]\n", "utf-8")
    document = batch("The fields area unit large.")
    measured = spinning.measure(document, Models(tmp_path), language="xx", explain=True)
    assert np.isnan(measured.matrix).all()
    assert np.isnan(spinning.document_rows(measured, document)).all()


def test_a_document_without_paragraphs_has_a_row_of_nan() -> None:
    empty = Batch.of([()])
    assert np.isnan(spinning.document_rows(Evidence.empty(spinning.NAMES, 0), empty)).all()


def test_a_paragraph_is_measured_the_same_alone_and_among_others() -> None:
    alone = evidence("The fields area unit large.")
    among = evidence("He ne’er said.\nThe fields area unit large.\nAn un.")
    own = [at for at, name in enumerate(spinning.NAMES) if not name.startswith("spun_new_")]
    assert np.array_equal(alone.matrix[0, own], among.matrix[1, own], equal_nan=True)


@pytest.mark.parametrize(
    ("code", "words"), [("S201", "area unit"), ("S202", "United Nations"), ("S203", "same"), ("S204", "ne’er")]
)
def test_a_message_names_what_is_expected(code: str, words: str) -> None:
    assert "“right”" in finding(Span(code, 0, len(words), 1.0, "right"), words).message


@pytest.mark.parametrize("name", ["spinning_rules.en", "spinning_rewriter.en", "spinning_synonyms.de"])
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
    if not (models.directory / "MANIFEST.toml").exists() or not models.has("en/spinning_words.npz"):
        pytest.skip(f"no model of words that do not fit in {models.directory}; build it with `make models`")
    return models


#: Awkward registers, written for this test: every sentence has words that spinners like, in their place.
REGISTERS = {
    "survey": "The plot was resurveyed in May. Areas are given in hectares; the older area unit, the perch, is kept in "
    "brackets. One area unit is never mixed with another in a table, and every sheet names the area unit it uses.",
    "college": "Students who hold an associate degree in nursing may enter the third year. The associate degree takes "
    "two years, and most holders of an associate degree go on to study for a bachelor's degree.",
    "verse": "Thou ne'er shalt find on any shore\nA kinder heart than that of old;\nThe winds that blow for evermore\n"
    "Have ne'er a gentler story told.",
    "medicine": "The patient was admitted with an acute abdomen and a raised white count. After the operation she was "
    "given antibiotics for five days; the wound healed by first intention and the stitches were removed on day ten.",
    "program": "The function returns a vector of the same length as its argument, with missing values where the "
    "argument is negative. See the help page of the summary method for the optional arguments and their defaults.",
    "learner": "Last summer I went to the sea with my family and we have stayed in a little hotel near of the beach. "
    "The weather was very good but the water was cold, so I have not swum a lot. I would like to go there again.",
    "psalm": "Blessed are they that walk in the way of the upright, for their feet shall not stumble. The wicked hath "
    "digged a pit, and is fallen into the midst of it himself; but the meek shall dwell in the land for ever.",
    "agency": "The World Health Organization and the United Nations met in Geneva. The World Health Organization "
    "reported on vaccines, and the United Nations on the budget for the coming year.",
}


#: The same registers at the length of a page.
PAGES = {
    "survey": "Sheet 14 was resurveyed in May by two parties, one working up from the weir and the other down from the "
    "mill. The older plans give areas in perches, and the area unit is named at the foot of each sheet. Where "
    "a field lies on two sheets, its area is entered once, on the sheet that holds the larger part.\n"
    "Areas are given in hectares to two places. An area unit is never mixed with another in a table; if an "
    "owner asks for acres, a second table is drawn up. The are, a hundred square metres, is kept for gardens "
    "and yards only. Every boundary stone was found but three, and these were set again after the neighbours "
    "had agreed on the line. The bearings were taken with the small theodolite, since the large one had gone "
    "to the maker for repair.\n"
    "The total of the sheet differs from that of the old survey by less than one part in a thousand, which is "
    "better than we had expected. The difference comes from the stream, whose bed has moved to the east. A "
    "list of the owners, with the area unit used in each deed, is kept in the office and may be seen there on "
    "weekdays between nine and noon.",
    "college": "Students who hold an associate degree in nursing may enter the third year directly. The associate "
    "degree takes two years of full-time study, or three if you work beside it. Most of those who finish it go on to "
    "study for a bachelor's degree, here or at the state university, with which we have an agreement on "
    "credits.\n"
    "To apply, send us your school record, two letters and the form on the last page. We look at all of it, "
    "not only at the grades. Interviews are held in March, on campus or by telephone. If you have worked in a "
    "hospital or a care home, tell us what you did there and for how long.\n"
    "Holders of an associate degree in another subject can join the first year with some courses already "
    "counted. The adviser in room 12 will go through your record with you. Fees are the same for all; about "
    "half of our students receive a grant. Books for the first term cost some four hundred dollars, but the "
    "library lends many of them.",
    "verse": "Thou ne'er shalt find on any shore\n"
    "A kinder heart than that of old;\n"
    "The winds that blow for evermore\n"
    "Have ne'er a gentler story told.\n"
    "He drew the water from the well,\n"
    "He broke the bread and gave the wine,\n"
    "And none came in the evening's spell\n"
    "But had a share of his and mine.\n"
    "O ye that pass along the lane,\n"
    "And hear the latch, and see the light,\n"
    "Ye need not ask his name again:\n"
    "He was the neighbour in the night.\n"
    "And when the snow lay on the hill,\n"
    "And when the wolf was at the fold,\n"
    "His fire was burning, burning still,\n"
    "And ne'er a guest went forth acold.",
    "bible": "And it came to pass in those days that the men of the valley went up to the hill country to seek water, "
    "for the wells were dry. And they said one to another, Let us go unto the old man that dwelleth by the "
    "rock, for he knoweth the place.\n"
    "And he lifted up his eyes and saw them coming, and he arose and went out to meet them, and bade them sit "
    "down under the tree. And he said, Wherefore are ye come hither? And they answered and said, Thy servants "
    "have no water, neither for their children nor for their flocks.\n"
    "Then took he his staff and went before them, and came to a place where the thorns grew thick; and he "
    "said, Dig ye here. And they digged there all that day and on the morrow, and behold, there was water in "
    "abundance. And they called the name of the place Beth-maim unto this day.",
    "golem": "The package golem helps to build shiny applications as packages. Create a new application with "
    "create_golem(), then open the file dev/01_start.R and fill in the description. Modules are added with "
    "add_module(), which creates a file in the R folder with the two functions that every module has, one for "
    "the interface and one for the server.\n"
    "GNU make reads the makefile and decides which targets are out of date. A rule has a target, its "
    "prerequisites and a recipe; each line of the recipe starts with a tab. If you call make without "
    "arguments, it takes the first target of the file.\n"
    "In R, a list can hold values of different classes. Use lapply to call a function on each element and "
    "sapply if you want a vector back. Arguments after the function are passed on to it. See the help page of "
    "each function for details.",
    "hospital": "The patient, a woman of 67, was admitted with an acute abdomen and a raised white count. She had "
    "taken tablets for her blood pressure for ten years and had never been operated on. Ultrasound showed free "
    "fluid, and she was taken to theatre the same evening.\n"
    "After the operation she was given antibiotics for five days. The wound healed by first intention, and the "
    "stitches were removed on day ten. She was seen in the clinic after six weeks and again after three "
    "months; she had put on weight and was back at work. No cause was found for the second lesion, which had "
    "disappeared by then.\n"
    "We recommend that patients of this age with similar findings be examined within a day. In our series of "
    "forty cases, delay was the only factor that was associated with a longer stay.",
}


CLEAN = {**REGISTERS, **{f"page of {name}": text for name, text in PAGES.items()}}


@pytest.mark.parametrize("name", sorted(CLEAN))
def test_awkward_registers_are_not_called_spun(name: str) -> None:
    report = Scorer(english()).score(CLEAN[name])
    assert "spinning" not in report.kinds
    assert "S202" not in {item.code for item in report.findings}


def test_a_spun_notice_is_restored() -> None:
    report = Scorer(english()).score(
        "The library can conjointly open on Sunday. There area unit several rooms for readers, and that they area unit "
        "free for everybody. The building was opened on Gregorian calendar month 4, and it's ne'er been closed."
    )
    named = {item.text: (item.suggestion, *item.alternatives) for item in report.findings}
    assert "also" in named["conjointly"]
    assert named["area unit"][0] == "are"
    assert named["ne'er"][0] == "never"
    text, count = restored(report)
    assert count >= 5
    assert "rooms for readers, and that they [are] free" in text
    assert "it's [never] been closed" in text


def test_a_text_without_findings_is_restored_as_it_is() -> None:
    report = Scorer(english()).score("There are several rooms for readers, and they are free for everybody.")
    assert restored(report) == (report.text, 0)
