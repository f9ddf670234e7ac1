"""The spinner of our own, thesauri and inflection."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from quality.errors import TrainingError
from quality.training.inflection import Inflector, Reading
from quality.training.inflection_de import BareForms, GermanForms
from quality.training.spinner import Spinner
from quality.training.spinning_examples import with_term
from quality.training.thesauri import Substitute, read_aiksaurus, read_mythes, read_openthesaurus, read_wordnet

NOUNS = frozenset({"city", "month", "car", "are", "story"})
VERBS = frozenset({"stop", "see", "give"})
FORMS = Inflector({"noun": NOUNS, "verb": VERBS}, attested=frozenset({"stopped", "stopping"}))
THESAURUS = {
    "city": (Substitute("metropolis", "noun", "synonym", 0), Substitute("municipality", "noun", "generic", 0)),
    "car": (Substitute("motorcar", "noun", "synonym", 0),),
    "are": (Substitute("area unit", "noun", "generic", 0),),
    "stop": (Substitute("halt", "verb", "synonym", 0),),
}


def spinner(**settings: object) -> Spinner:
    return Spinner("test", THESAURUS, {}, FORMS, **{"rate": 1.0, "skill": 1.0, **settings})  # type: ignore[arg-type]


def test_same_seed_gives_the_same_text_and_another_seed_may_not() -> None:
    text = "The city has a car. " * 20
    mild = spinner(rate=0.5, consistent=False)
    assert mild.spin(text, 1) == mild.spin(text, 1)
    assert mild.spin(text, 1) != mild.spin(text, 2)


def test_edits_say_where_and_what_stood_there() -> None:
    spun = spinner().spin("Cars stopped in the city.", 0)
    assert spun.text == "Motorcars halted in the metropolis."
    assert [(spun.text[edit.start : edit.end], edit.original) for edit in spun.edits] == [
        ("Motorcars", "Cars"),
        ("halted", "stopped"),
        ("metropolis", "city"),
    ]
    assert spun.share == pytest.approx(3 / 5)


def test_only_the_wanted_relations_are_taken_for_synonymy() -> None:
    assert "area unit" not in spinner().spin("They are here.", 0).text
    crude = spinner(relations=frozenset({"generic"}), caseless=True)
    assert crude.spin("They are here.", 0).text == "They area unit here."


def test_function_words_are_left_alone_unless_caseless() -> None:
    careful = spinner(relations=frozenset({"generic"}), untouched=frozenset({"are"}))
    assert careful.spin("They are here.", 0).text == "They are here."


def test_rule_lists_reach_over_several_words() -> None:
    ruled = Spinner("rules", {}, {"in the": ("within the",)}, FORMS, rate=0.0, rule_rate=1.0)
    assert ruled.spin("He lives in the city, in  the north.", 0).text == "He lives within the city, in  the north."


def test_no_skill_leaves_the_bare_entry() -> None:
    assert spinner(skill=0.0).spin("two cars", 0).text == "two motorcar"


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("cities", Reading("city", "noun", "plural")),
        ("stopped", Reading("stop", "verb", "past")),
        ("stopping", Reading("stop", "verb", "gerund")),
        ("are", Reading("are", "noun", "base")),
    ],
)
def test_surface_forms_are_read_in_every_part_of_speech(word: str, reading: Reading) -> None:
    assert reading in FORMS.readings(word)


@pytest.mark.parametrize(
    ("lemma", "part", "tense", "form"),
    [
        ("story", "noun", "plural", "stories"),
        ("period of time", "noun", "plural", "periods of time"),
        ("stop", "verb", "past", "stopped"),
        ("bear on", "verb", "third", "bears on"),
        ("create", "verb", "gerund", "creating"),
        ("near", "adj", "comparative", "nearer"),
    ],
)
def test_substitutes_are_put_into_the_form_of_the_original(lemma: str, part: str, tense: str, form: str) -> None:
    assert FORMS.inflect(lemma, part, tense) == form  # type: ignore[arg-type]


def test_irregular_forms_come_from_the_exception_lists(tmp_path: Path) -> None:
    (tmp_path / "verb.exc").write_text("gave give\ngiven give\n", "utf-8")
    (tmp_path / "noun.exc").write_text("geese goose\n", "utf-8")
    lemmas = {"noun": frozenset({"goose"}), "verb": frozenset({"give"})}
    forms = Inflector.from_wordnet(tmp_path, lemmas)  # type: ignore[arg-type]
    assert forms.inflect("give", "verb", "past") == "gave"
    assert forms.inflect("goose", "noun", "plural") == "geese"
    assert Reading("give", "verb", "past") in forms.readings("gave")


def test_mythes_relations_are_read_and_antonyms_are_not(tmp_path: Path) -> None:
    path = tmp_path / "th.dat"
    path.write_text("UTF-8\nAre|1\n(noun)|ar|area unit (generic term)|nothing (antonym)\n", "utf-8")
    assert read_mythes(path) == {
        "are": (Substitute("ar", "noun", "synonym", 0), Substitute("area unit", "noun", "generic", 0))
    }


def test_a_missing_thesaurus_names_the_script_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"build_tools\.sh"):
        read_mythes(tmp_path / "none.dat")
    with pytest.raises(TrainingError, match=r"build_tools\.sh"):
        read_wordnet(tmp_path)


def test_wordnet_members_and_hypernyms_are_read(tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(
        "  licence\n"
        "00000001 10 n 02 June 0 Jun 0 001 @i 00000002 n 0000 | the month\n"
        "00000002 10 n 01 Gregorian_calendar_month 0 000 | a month\n",
        "utf-8",
    )
    (tmp_path / "index.noun").write_text("  licence\njune n 1 1 @ 1 0 00000001  \n", "utf-8")
    for part in ("verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text("", "utf-8")
        (tmp_path / f"index.{part}").write_text("", "utf-8")
    assert [(item.phrase, item.relation) for item in read_wordnet(tmp_path)["june"]] == [
        ("June", "synonym"),
        ("Jun", "synonym"),
        ("Gregorian calendar month", "generic"),
    ]


def test_german_notes_are_no_words_and_classes_are_generic(tmp_path: Path) -> None:
    path = tmp_path / "th.dat"
    path.write_text("UTF-8\nhaus|1\n-|Haus|Bude (ugs.)|Bauwerk (Oberbegriff)|Hof (Antonym)|... und Hof\n", "utf-8")
    assert [(item.phrase, item.relation) for item in read_openthesaurus(path)["haus"]] == [
        ("Bude", "synonym"),
        ("Bauwerk", "generic"),
    ]


GERMAN = {
    "haus": (Substitute("Bude", "noun", "synonym", 0),),
    "schnell": (Substitute("flink", "adj", "synonym", 0),),
    "rennen": (Substitute("laufen", "verb", "synonym", 0),),
}
GERMAN_FORMS = GermanForms.of(["Haus", "schnell", "rennen"])


def test_german_nouns_are_no_names_and_endings_are_hung_on() -> None:
    skilled = Spinner("de", GERMAN, {}, GERMAN_FORMS, rate=1.0, skill=1.0, names=False)
    assert skilled.spin("Das schnelle Kind rennt ins Haus.", 0).text == "Das flinke Kind lauft ins Bude."


def test_spinners_without_endings_replace_base_forms_alone() -> None:
    bare = Spinner("de", GERMAN, {}, BareForms(GERMAN_FORMS), rate=1.0, skill=1.0, names=False)
    assert bare.spin("Das schnelle Kind rennt ins Haus.", 0).text == "Das schnelle Kind rennt ins Bude."


def test_aiksaurus_is_read_with_the_parts_of_speech_that_it_lacks(tmp_path: Path) -> None:
    def numbers(*values: int) -> bytes:
        return b"".join(value.to_bytes(2) for value in (*values, 0xFFFF))

    (tmp_path / "words.dat").write_bytes(b"car\0" + numbers(0) + b"motor:car\0" + numbers(0) + b"drive\0" + numbers(0))
    (tmp_path / "meanings.dat").write_bytes(numbers(0, 1, 2))
    lemmas = {"noun": {"car", "motor car", "drive"}, "verb": {"drive"}, "adj": set(), "adv": set()}
    found = read_aiksaurus(tmp_path, lemmas)  # type: ignore[arg-type]
    assert [item.phrase for item in found["car"]] == ["motor car", "drive"]


def test_missing_thesauri_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="build_tools"):
        read_openthesaurus(tmp_path / "none.dat")
    with pytest.raises(TrainingError, match="words"):
        read_aiksaurus(tmp_path, {})


def test_a_term_stands_for_one_repeated_noun_wherever_it_was() -> None:
    text = "The city has one car. No other car is in the city, but cars come."
    changed = with_term(text, spinner(), random.Random(0))
    assert changed in (
        text.replace("city", "metropolis"),
        text.replace("city", "municipality"),
    )
    assert with_term("No word comes twice here.", spinner(), random.Random(0)) is None
