"""Broken encodings: what is repaired, what counts, what stays quiet."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from quality.features.encoding import find_broken_encoding

#: Cases of ftfy's list that are no wrong decoding: a ligature, a control code, a line about mojibake.
NO_DECODING = ("ŉ", "\x1a", "in mojibake text")


def codes(text: str) -> list[str]:
    return [span.code for span, _ in sorted(find_broken_encoding(text), key=lambda trace: trace[0].start)]


def counted(text: str) -> list[str]:
    return [text[span.start : span.end] for span, counts in find_broken_encoding(text) if counts]


def repaired(text: str) -> list[str | None]:
    return [span.suggestion for span, _ in find_broken_encoding(text)]


def test_clean_text_of_many_languages_is_quiet() -> None:
    for text in (
        "Er sagte: „Schöne Grüße – für 100 €, bei 20 °C!“",
        "« L’été », dit-elle : « c’est à 5 € … »",
        "Příliš žluťoučký kůň úpěl ďábelské ódy; Łódź, „Żółw”.",
        "«Привет», — сказал он… СССР» и «Ёлка»",
        "İstanbul’da, ağaç “şöyle” dedi. Đường Việt Nam đẹp.",
        "Ο Γιάννης είπε: «Καλημέρα σας·»",
        "¿Qué? ¡Sí! 3 × 4 ± ½ µm² §5 ©2024 NESTLÉ®",
        "Whether?Maybe; index.php?id=5 and a/b?c=d; what?No",
    ):
        assert counted(text) == [], text


def test_repairs_each_word_by_itself() -> None:
    text = "Die BÃ¼cherei fÃ¼r Kinder"
    found = [(text[span.start : span.end], span.suggestion) for span, _ in find_broken_encoding(text)]
    assert found == [("BÃ¼cherei", "Bücherei"), ("fÃ¼r", "für")]


def test_repairs_layers_and_parts_that_became_entities() -> None:
    assert repaired("fÃƒÂ¼r") == ["für"]
    assert repaired("10Î&frac14;s") == ["10μs"]


def test_a_line_of_broken_text_beside_a_whole_one() -> None:
    assert counted("Schöne Grüße\nSchÃ¶ne GrÃ¼ÃŸe") == ["SchÃ¶ne", "GrÃ¼ÃŸe"]


def test_capitals_with_circumflex_are_a_name() -> None:
    assert codes("MISUTÂ\u00a0AJIKKO") == []


def test_quotation_marks_that_became_control_codes_leave_the_word_whole() -> None:
    assert codes("\x93open\x94 \x96 l\x92objet") == ["X410", "X410", "X410"]
    assert counted("\x93open\x94 \x96 l\x92objet") == ["l\x92objet"]
    assert counted("â€œPeople") == ["â€œPeople"]


def test_replacement_characters_count_once_a_word() -> None:
    assert counted("Der g\ufffd\ufffdnstige Preis: \ufffd2") == ["g\ufffd\ufffdnstige", "\ufffd2"]


def test_entities_in_use_count_and_entities_shown_do_not() -> None:
    assert counted("f&uuml;r dich&nbsp;und &amp;amp; mich") == ["&uuml;", "&nbsp;", "&amp;amp;"]
    assert codes('Write "&auml;" or\n&#228;\nfor ä') == ["X412", "X412"]
    assert counted('Write "&auml;" or\n&#228;\nfor ä') == []
    assert codes("AT&T; R&D") == []


def test_entities_in_the_strings_of_a_program_are_shown_and_do_not_count() -> None:
    text = """The call escape("<b>") returns Markup('&lt;b&gt;bold&lt;/b&gt;'), and title="Q&amp;A" is one."""
    assert codes(text).count("X412") == 5
    assert counted(text) == []
    assert counted('He said "Tom &amp; Jerry", and left.') == ["&amp;"]


def test_markup_is_reported_but_does_not_count() -> None:
    assert codes("A <b>bold</b> word, 3 < 4 > 2") == ["X413", "X413"]
    assert counted("A <b>bold</b> word<br />") == []


def test_letters_lost_to_question_marks() -> None:
    assert counted("Sch?n, dass f?r dich") == ["Sch?n", "f?r"]
    assert counted("Wirklich?ja, das geht") == []
    assert counted('The pattern "b?g" finds bag and big; "M?ller" finds Miller') == []
    # Unclear ones count beside clear ones.
    assert counted("Die Stra?e f?r alle F?lle und ?berall") == ["Stra?e", "f?r", "F?lle", "?berall"]


def test_soft_hyphens_count_only_when_they_are_many() -> None:
    long = "Das ist ein Satz mit einem Wort wie Donau\u00addampf und sonst keinem anderen, das so wäre. "
    assert codes(long) == ["X416"]
    assert counted(long) == []
    assert repaired(long) == ["Donaudampf"]
    assert len(counted("Das Donau\u00addampf\u00adschiff fährt über\u00admorgen nach Linz an der Do\u00adnau.")) == 3


def test_hyphens_at_line_ends_are_joined_but_suspended_ones_are_not() -> None:
    assert repaired("Die Ent-\nwicklung") == ["Entwicklung"]
    assert codes("Vor-\nund Nachteile") == []


def test_control_and_private_use_characters() -> None:
    assert codes("one\x00two \x1b[0m \ue001 fo\ue002o") == ["X415", "X415", "X408", "X408"]
    assert counted("one\x00two \x1b[0m \ue001 fo\ue002o") == ["\x00", "fo\ue002o"]


def test_a_space_that_was_part_of_a_letter_joins_its_words() -> None:
    assert repaired("com especial atenÃ§Ã£o Ã s crianÃ§as") == ["atenção", "às", "crianças"]
    assert repaired("voilÃ\u00a0 le travail") == ["voilà"]


def test_half_a_letter_is_no_soft_hyphen() -> None:
    assert codes("eliminado o antÃ\u00adgeno, dÃ\u00adas de Zei\u00adtungen") == ["X410", "X410", "X416"]


def test_ligatures_are_spelt_out() -> None:
    assert repaired("eﬃcient ŉ") == ["efficient", "’n"]


def test_every_case_that_ftfy_repairs_and_none_of_its_negatives(shared: Path) -> None:
    path = shared / "data" / "scripts" / "mixed_script.jsonl.xz"
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        cases = [case for case in map(json.loads, stream) if case["kind"].startswith("mojibake")]
    missed = [
        case["text"]
        for case in cases
        if case["kind"] == "mojibake" and case["expect"] == "pass" and "X410" not in codes(case["text"])
    ]
    assert [text for text in missed if not any(part in text for part in NO_DECODING)] == []
    assert [case["text"] for case in cases if case["kind"] == "mojibake_negative" and codes(case["text"])] == []


@pytest.mark.parametrize(
    "codec", ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "iso-8859-2", "macroman", "cp437"]
)
def test_finds_what_ftfy_repairs_whatever_the_wrong_character_set(codec: str) -> None:
    import ftfy

    for text in ("Grüße aus Köln, „schön“ – 5 €", "à côté de l’été", "źdźbło żółw", "Привет, мир", "añadió señor"):
        try:
            broken = text.encode().decode(codec)
        except UnicodeDecodeError:
            continue
        if ftfy.fix_encoding(broken) != broken:
            assert "X410" in codes(broken), broken
