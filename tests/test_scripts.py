"""Mixed scripts: attacks are found, what people write is left alone, and no character crashes or slows a run."""

from __future__ import annotations

import json
import lzma
import random
import re
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality import Scorer
from quality.document import Document
from quality.features import Batch, Evidence
from quality.features.encoding import find_broken_encoding
from quality.features.scripts import NAMES, find_mixed_scripts, measure, plain_letters
from quality.model import Models
from quality.segmentation import segment

CYRILLIC = dict(zip("aeopcyxsijABEKMHOPCTYXSIJ", "аеорсухѕіјАВЕКМНОРСТУХЅІЈ", strict=True))
GREEK = dict(zip("ovaipuyABEZHIKMNOPTYX", "ονаιρυγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", strict=True)) | {"a": "α"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in LETTERS}
BOLD = {letter: chr(0x1D400 + at) for at, letter in enumerate(LETTERS)}

TEXT = (
    "When the village library closed its doors for the summer, nobody expected that a box of old letters would be "
    "found behind the shelves. Anna, who had worked there since the nineties, opened it with a kitchen knife and read "
    "the first page aloud. It was a list of names, and next to each name stood the price of a cow. I have never seen "
    "anything like it, she said, and I have seen a lot of paper. The letters had come from Canada, written by a man "
    "who left the valley in the year of the great flood and never came back. His handwriting is small, even, and easy "
    "to read once you know how he made his capitals. Now the school wants to type them up as a project, one page for "
    "each pupil, and to put the result on the wall of the town hall next to a map of his journey."
)


def counted(text: str) -> list[str]:
    return [text[span.start : span.end] for span, counts in find_mixed_scripts(text) if counts]


def codes(text: str) -> list[str]:
    return [span.code for span, _ in find_mixed_scripts(text)]


def evidence(text: str) -> Evidence:
    document = Document(text)
    return measure(Batch.of([segment(document)]), Models("models"), language="en", explain=True)


def attacked(text: str, twins: Mapping[str, str], share: float, seed: int) -> str:
    """Each letter that has a twin replaced by it with this probability."""
    generator = random.Random(seed)
    return "".join(twins[letter] if letter in twins and generator.random() < share else letter for letter in text)


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05])
@pytest.mark.parametrize("twins", [CYRILLIC, GREEK, WIDE, BOLD], ids=["cyrillic", "greek", "wide", "bold"])
def test_homoglyph_attacks_are_found_and_nothing_else(twins: Mapping[str, str], share: float) -> None:
    changed = found = 0
    page = f"{TEXT} {TEXT}"
    for seed in range(40):
        broken = attacked(page, twins, share, seed)
        flagged = {at for span, counts in find_mixed_scripts(broken) if counts for at in range(span.start, span.end)}
        at = 0
        for word, original in zip(broken.split(" "), page.split(" "), strict=True):
            hit = any(place in flagged for place in range(at, at + len(word)))
            changed += word != original
            found += hit and word != original
            assert word != original or not hit, word
            at += len(word) + 1
    assert found >= 0.99 * changed


def test_the_plain_spelling_is_suggested() -> None:
    for text, plain in (("pаypаl", "paypal"), ("Ρassword", "Password"), ("ｌogin here", "login"), ("s𝐞cret", "secret")):
        (span, counts) = find_mixed_scripts(f"Please use {text} now.")[0]
        assert (span.code, span.suggestion, counts) == ("X402", plain, True)


@pytest.mark.parametrize(
    "word",
    [
        *("umα", "un𝗱", "𝘼PI", "perο", "lα", "oρ", "αpplied", "αutomobile", "tareα", "αlphabetiςal"),
        *("OpenOfficε", "LibrεOffice", "цndeг", "Pythoп"),
    ],
)
def test_one_look_alike_at_the_edge_of_a_common_or_short_word_is_enough(word: str) -> None:
    assert counted(f"Nobody had said {word} to any of the people there.") == [word]


@pytest.mark.parametrize(
    "text",
    [
        *("El vaso ο la copa", "Ι den här staden", "Ele mantém ο carro, e bem.", "Los barcos están εn la bahía."),
        "Los barcos dε la bahía están en el puerto.",
    ],
)
def test_a_look_alike_that_is_a_small_word_by_itself(text: str) -> None:
    assert len(counted(text)) == 1


def test_words_of_mathematical_or_full_width_letters() -> None:
    assert codes("This is 𝗶𝗺𝗽𝗼𝗿𝘁𝗮𝗻𝘁 and ｓｅｃｒｅｔ news") == ["X407", "X407"]


@pytest.mark.parametrize(
    "text",
    [
        "The α-helix, Δt, 5 µm, 3 kΩ, NFκB, TNFα, IFNγ, PPARγ, hν, sinα, Hα and the β-carotene of γGTP.",
        "Human αsynuclein, αtocopherol, αketoglutarate, αhelix, interferonα and Pparα; the αparticle and αdecay.",
        "The value of αs near the mass; νe and ντ; the Kα line; the angle α is small, and ν is a frequency.",
        "La integral dε la energía, en que ε es la deformación, y el cambio dε la masa.",
        "La deformación dε del acero y la energía hν de los fotones; FcεRI y CaMKIIα están en la célula.",
        "Let 𝑥 be the 𝑛th root; d𝑥 and 𝑓(𝑥) differ by 𝒪(𝑛).",
        "Он купил iPhone-ом и айфон, IT-специалист, USB-кабель, SMSки и PDFы.",
        "東京でＮＨＫとＴシャツを買う。Unicodeは文字コード。ＡＢＣ株式会社とGoogle検索",
        "Љубав и њихова џезва; ljubav i njihova džezva, Ǆ ǆ",
        "Wikipedia (rusky Екатерина Евсеева) a (řecky Ὀρφεύς) je článek.",
        "Адзiн з такiх праектаў прапануе паглядзець на сем цудаў Мiншчыны, пра тры з iх мы ўжо распавядалi.",
        "Some names (EkaTepиHa EBceeBa) were typed with the wrong keyboard.",
        "นี่คือภาษาไทย и русский и עברית \u200fאבג\u200e and العربية می\u200cخواهم क्\u200dष",
        "Family 👨\u200d👩\u200d👧, ❤\ufe0f, 1\ufe0f\u20e3, ©\ufe0f and 🏴\U000e0067\U000e0062\U000e007f",
        "Đường phố Việt Nam, tiếng Việt; naïve cafe\u0301, Zu\u0308rich",
        "In [ˈlɛnθjə] the θ is a sound.",
    ],
)
def test_legitimate_mixtures_are_quiet(text: str) -> None:
    assert find_mixed_scripts(text) == []


def test_latin_letters_strewn_thickly_into_a_short_text() -> None:
    text = (
        "Паром уходит в шесть часов утра, и те, кто хочет переправиться до обеда, стоят на причале со своими "
        "велосипедами. Капитан знает почти всех по имени и спрашивает о собаке, которая осталась дома. Весной вода "
        "поднимается высоко, и тогда рейс отменяют, а расписание висит на дверях конторы ещё неделю. Старые рыбаки "
        "говорят, что раньше река была спокойнее и что мост обещали построить ещё их отцам."
    )
    twins = dict(zip("аеорсух", "aeopcyx", strict=True))
    broken = attacked(text, twins, 0.19, 1)
    pairs = list(zip(text.split(), broken.split(), strict=True))
    wrong = [word for plain, word in pairs if plain != word]
    found = counted(broken)
    assert counted(text) == []
    assert len(found) >= 0.95 * len(wrong)


def test_cyrillic_text_with_latin_letters_strewn_in() -> None:
    text = (
        "Сегодня в городе открыли новую библиотеку, и на открытие пришли дети, родители и учителя из соседних школ. "
        "Директор рассказала о книгах, которые удалось собрать за год, и показала читальный зал с большими окнами. "
    )
    assert counted(text) == []
    broken = text.replace("городе", "гoроде").replace("читальный", "читaльный").replace("дети", "дeти")
    assert counted(broken) == ["гoроде", "дeти", "читaльный"]


def test_latin_letters_in_an_alphabet_that_many_people_type_with_a_latin_keyboard_are_a_habit() -> None:
    text = (
        "Адзiн з такiх праектаў прапануе паглядзець на сем цудаў Мiншчыны, пра тры з iх мы ўжо распавядалi. "
        "Чытачы могуць галасаваць да канца месяца, вынiкi абвесцяць у сакавiку на старонках газеты. "
    )
    assert counted(text * 4) == []


@pytest.mark.parametrize(("letter", "twin"), ["eе", "oо", "aα", "oο", "iι", "nп", "eｅ", "e𝐞"])
def test_a_text_in_which_every_one_of_a_letter_is_replaced(letter: str, twin: str) -> None:
    broken = TEXT.replace(letter, twin)
    found = counted(broken)
    assert len(found) == sum(twin in word for word in re.findall(r"\w+", broken))
    assert plain_letters(broken) == TEXT


def test_a_text_of_which_every_letter_with_a_twin_is_replaced() -> None:
    broken = attacked(TEXT, CYRILLIC, 1.0, 0)
    changed = [word for word, plain in zip(broken.split(), TEXT.split(), strict=True) if word != plain]
    assert len(counted(broken)) >= 0.9 * len(changed)


def test_invisible_characters_count_inside_a_word_only() -> None:
    assert counted("The re\u200btired so\u2060prano") == ["re\u200btired", "so\u2060prano"]
    assert [span.suggestion for span, _ in find_mixed_scripts("re\u200btired")] == ["retired"]
    assert codes("The \u200bend of it\u200b.") == ["X403", "X403"]
    assert counted("The \u200bend of it\u200b.") == []


def test_direction_controls_and_variation_selectors() -> None:
    assert codes("ab\u202ecd") == ["X404"]
    assert codes("the \u202eend") == ["X404"]
    assert codes("x\ufe01y") == ["X405"]


def test_leetspeak_beside_its_plain_spelling_or_in_numbers() -> None:
    assert counted("Your p4ssw0rd is old. A password should be long.") == ["p4ssw0rd"]
    assert counted("Get m0ney and ch3ap w4tches now, s3nd an email") == [
        "m0ney",
        "ch3ap",
        "w4tches",
        "s3nd",
    ]
    assert [span.suggestion for span, _ in find_mixed_scripts("A s1lver or s1x silver and six")] == ["silver"]


@pytest.mark.parametrize(
    "text",
    [
        "The W3C, log4j, mp3s and x1e files; a3f4e1b c4d0a5f d3adb3ef e0f1a4b are keys of the web3py list.",
        "Write to anna@example.org or b0b@home; see http://a.example/w0rd and h4x0r.example, or A4 and i18n.",
        "Der A1er fährt über die B3 nach M4nn.",
        "The series cixn has the terms = c1xn + c2xn for every n.",
    ],
)
def test_codes_with_digits_are_no_leetspeak(text: str) -> None:
    assert counted(text) == []


def test_stacked_marks() -> None:
    assert codes("Z\u0351\u036b\u0343\u036a\u0302\u036b algo") == ["X406"]


def test_counts_and_shares_by_paragraph() -> None:
    found = evidence("A clean line of five words.\nOne bаd word here.\nAnd fÃ¼r mojibake.")
    assert found.names == NAMES
    assert found.column("mixed_script_words").tolist() == [0.0, 1.0, 0.0]
    assert found.column("broken_encoding_words").tolist() == [0.0, 0.0, 1.0]
    assert found.column("mixed_script_share").tolist() == [0.0, 0.25, 0.0]
    (span,) = found.spans[1]
    assert "A clean line of five words.\nOne bаd word here."[span.start : span.end] == "bаd"


def test_no_paragraphs_no_rows() -> None:
    assert evidence("").matrix.shape == (0, len(NAMES))


def test_natural_words_of_mixed_scripts_are_left_alone(shared: Path) -> None:
    """At most three of a thousand; a page with three people's keyboards can be one of them."""
    flagged = total = 0
    with lzma.open(shared / "data" / "scripts" / "mixed_script.jsonl.xz", "rt", encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            if row["kind"] == "natural_mixed_script_word":
                total += 1
                flagged += any(row["word"] in word or word in row["word"] for word in counted(row["text"]))
    assert flagged <= 0.003 * total


@pytest.mark.parametrize("language", ["cs", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr"])
def test_clean_text_has_no_word_of_mixed_scripts(shared: Path, language: str) -> None:
    words = flagged = 0
    with lzma.open(shared / "data" / "msdocs" / f"{language}.jsonl.xz", "rt", encoding="utf-8") as stream:
        for line in stream:
            text = json.loads(line)["text"]
            words += text.count(" ")
            flagged += len(counted(text))
            if words > 200_000:
                break
    assert flagged <= words / 100_000


def test_every_code_point_is_survived() -> None:
    everything = "".join(map(chr, range(0x110000)))  # surrogates too: JSON can bring them
    find_mixed_scripts(everything)
    find_broken_encoding(everything)
    find_mixed_scripts(" ".join(everything[:0x30000]))


@pytest.fixture(scope="module")
def ordinary() -> float:
    """Seconds that a megabyte of ordinary text takes: of many words, since one repeated sentence is soon known."""
    seeds = sorted((Path(__file__).parent.parent / "seeds").glob("*-clean-*.txt"))
    return seconds("\n".join(path.read_text(encoding="utf-8") for path in seeds), 200_000) * 5


def seconds(unit: str, size: int) -> float:
    scorer = Scorer(explain=False)
    started = time.process_time()
    scorer.score(unit * (size // len(unit.encode())))
    return time.process_time() - started


@pytest.mark.parametrize(
    "unit", ["a", "ab1", "\u0301", "\u202e", "中", TEXT.replace(" ", "")], ids=lambda unit: ascii(unit[:5])
)
def test_a_megabyte_of_one_thing_takes_at_most_three_times_as_long_as_ordinary_text(unit: str, ordinary: float) -> None:
    assert any(seconds(unit, 1_000_000) <= 3 * ordinary for _ in range(3))  # another process can slow one run


@pytest.mark.parametrize(
    "unit",
    [
        *("é", "a\u0301", "\u200b", "\u00ad", "\ufffd", "\x00", "?", "a?", "ب", "&", "Ã", "аa", "ａ", "𝐚", "<"),
        *("αa ", "ab\u200bcd ", "f?r ", "Ã¼ ", "p4ss ", "pаss ", "я ", "\U000e0041"),
    ],
    ids=ascii,
)
def test_a_flood_of_damage_takes_at_most_three_times_as_long_as_ordinary_text(unit: str, ordinary: float) -> None:
    assert any(seconds(unit, 50_000) <= 3 * ordinary / 20 + 0.05 for _ in range(3))


@given(st.text(st.characters(exclude_categories=()), max_size=60), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_text_of_any_plane_breaks_scoring_and_spans_lie_in_their_paragraphs(strange: str, more: str) -> None:
    text = f"{strange} The pаssword {more}{strange} w\u200bas f?r Ã¼ 𝐚ll {more}\n{strange[::-1]}"
    for paragraph in Scorer().score(text).paragraphs:
        for found in paragraph.findings:
            assert paragraph.start <= found.start < found.end <= paragraph.end
            assert text[found.start : found.end] == found.text


def test_a_report_of_a_flood_is_cut_but_counted() -> None:
    found = evidence("&amp; and " * 5000)
    assert len(found.spans[0]) == 1000
    assert found.column("broken_encoding_words")[0] == 5000
    assert np.isfinite(found.matrix).all()
