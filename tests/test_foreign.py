"""Foreign paragraphs and untranslated runs: what is named, and what people write in another language on purpose."""

from __future__ import annotations

import pytest

from quality import Scorer
from quality.document import Document
from quality.features import Batch
from quality.features.foreign import measure
from quality.language import assign_languages
from quality.model import default_models
from quality.segmentation import segment

GERMAN = "Der Verein hat im Frühjahr einen neuen Vorstand gewählt, und die Kasse ist seitdem wieder gut gefüllt."
ENGLISH = "The society elected a new board in the spring, and since then there has been money in the box again."


def runs(text: str) -> list[tuple[str, str]]:
    (language,), batch = assign_languages(Batch.of([segment(Document(text))]), default_models())
    (spans,) = measure(batch, default_models(), language=language, explain=True).spans
    return [(span.detail, text[span.start : span.end]) for span in spans if span.code == "L502"]


def test_a_run_in_another_language_is_found_and_its_language_named() -> None:
    run = "which is one of the oldest societies that are still meeting in this part of the valley"
    ((language, words),) = runs(f"Der Verein wurde vor langer Zeit gegründet, {run}, und hat heute noch Mitglieder.")
    assert language == "English"
    assert run in words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "German",
            f"{ENGLISH} The board met on Monday weil der Vorsitzende in dieser Woche keine Zeit hatte and wrote it.",
        ),
        (
            "French",
            f"{GERMAN} Der Vorstand war dafür parce que les membres ne sont pas venus dans la salle und ging heim.",
        ),
        ("English", "Собрание прошло вчера because the members of this society had no other day и закончилось поздно."),
        (
            "Russian",
            f"{GERMAN} Der Vorstand traf sich потому что все члены общества хотели видеть новую книгу und ging heim.",
        ),
        (
            "Turkish",
            f"{GERMAN} {GERMAN} Üyeler bu yıl çok daha fazla para topladı ve yeni bir salon için karar verdi gestern.",
        ),
    ],
)
def test_runs_of_several_languages_and_scripts(language: str, text: str) -> None:
    assert [name for name, _ in runs(text)] == [language]


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        ENGLISH,
        "Der Roman „The Man Who Was Never There and Came Back for More“ steht seit Mai in der Bücherei.",
        "Er rief: «We are not going to do this for you any more», und verließ mit seinem Hund den Saal.",
        "Sie las The Long Way to a Small Place in the North und fand das Buch für ihre Kinder zu lang.",
        "Das Meeting im Open Space war ein Event mit Coaching, Feedback und Brunch für das ganze Team.",
        "Herr van der Meer, Frau de la Cruz und Herr di Stefano sind aus dem Vorstand ausgeschieden.",
        "Die Datei liegt unter C:/tools/for/the/win und wird mit run --in the_shell -o out.txt gestartet.",
        "The motto of the house is carpe diem, and nobody there would have it any other way than that.",
    ],
)
def test_what_is_meant_to_be_in_another_language_is_quiet(text: str) -> None:
    assert runs(text) == []


def test_paragraphs_in_another_language_are_named_where_the_score_says_so() -> None:
    turkish = "Bu sayfada yorum yazmak için önce üye olmanız gerekiyor, daha sonra giriş yapabilirsiniz."
    text = f"{GERMAN}\n{ENGLISH}\n{turkish}"
    for language in ("auto", "de", "en", "tr"):
        report = Scorer(language=language).score(text)
        told = [[found.message for found in one.findings if found.code == "L501"] for one in report.paragraphs]
        assert [bool(messages) for messages in told] == [
            one.scores["foreign_language"] == 1.0 for one in report.paragraphs
        ]
    messages = [found.message for found in Scorer(language="de").score(text).paragraphs[2].findings]
    assert "in Turkish, unlike the document" in messages


def test_attacked_text_keeps_its_language() -> None:
    for twins in (("e", "е"), ("o", "ο"), ("a", "𝐚"), ("n", "ｎ")):
        assert Scorer().score(ENGLISH.replace(*twins)).language == "en"
