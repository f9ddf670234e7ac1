"""Which language a document and each of its paragraphs is in.

fastText's `lid.176` model (176 languages) decides. A paragraph counts as the document's language unless
the model is sure of another: short lines, names and headings look like anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from quality.document import Paragraph
from quality.features.scripts import plain_letters
from quality.model import Models

__all__ = ["LANGUAGE_NAMES", "UNKNOWN", "assign_languages", "detect"]

UNKNOWN = "und"
MODEL_FILE = "lid.176.ftz"

#: Characters of a paragraph that are looked at: the model's time grows with them. Chosen by hand.
_SAMPLE = 300
#: Paragraphs of a document that its language is told from (the longest ones), and characters of each.
_DOCUMENT_PARAGRAPHS = 5

#: A paragraph of at least so many words is in another language if that has at least this probability.
#: The shorter the line, the surer the model has to be; under four words it is never asked. Chosen by hand.
_SURE = ((12, 0.5), (8, 0.6), (4, 0.75))

#: A paragraph of which this share are common small words of the document's language is in that language, and the
#: model is not asked. Few words of English are such words of German, or the reverse ("in", "was", "so").
_COMMON_SHARE = 0.4

LANGUAGE_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan",
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "gl": "Galician",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean",
    "la": "Latin", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def detect(text: str, models: Models) -> tuple[str, float]:
    """The language of a text and the model's probability of it; ("und", 0.0) where there are no words."""
    sample = " ".join(text.split())
    if not any(map(str.isalpha, sample)):
        return UNKNOWN, 0.0
    sample = plain_letters(sample)  # a text whose "e" are Cyrillic is English still
    if sample.isupper():
        sample = sample.lower()  # the model has seen few words in capitals, and guesses
    if not sample.isascii():
        sample = sample.encode("utf-8", "replace").decode("utf-8")  # JSON can bring half a pair of surrogates
    # The raw call returns [(probability, "__label__xx")]; the wrapper's arrays cost more than the model.
    found = _model(models).f.predict(sample + "\n", 1, 0.0, "strict")
    if not found:
        return UNKNOWN, 0.0
    probability, label = found[0]
    return label.removeprefix("__label__"), min(1.0, float(probability))


def assign_languages(
    paragraphs: Sequence[Paragraph], models: Models, *, language: str = "auto"
) -> tuple[str, tuple[Paragraph, ...]]:
    """The document's language and its paragraphs with theirs. A `language` other than "auto" is the document's."""
    if language == "auto":
        longest = sorted(paragraphs, key=lambda paragraph: (-len(paragraph.text), paragraph.index))
        sample = " ".join(paragraph.text[:_SAMPLE] for paragraph in longest[:_DOCUMENT_PARAGRAPHS])
        language = detect(sample, models)[0]
    return language, tuple(
        replace(paragraph, language=_paragraph_language(paragraph, language, models)) for paragraph in paragraphs
    )


def _paragraph_language(paragraph: Paragraph, document_language: str, models: Models) -> str:
    if paragraph.word_count < _SURE[-1][0] or _reads_like(paragraph, document_language, models):
        return document_language
    found, probability = detect(paragraph.text[:_SAMPLE], models)
    needed = next(sure for words, sure in _SURE if paragraph.word_count >= words)
    return found if probability >= needed and found != UNKNOWN else document_language


def _reads_like(paragraph: Paragraph, language: str, models: Models) -> bool:
    """A quick test that saves most calls of the model, for the languages whose common words are known."""
    name = f"{language}/casing.json"
    if not models.has(name):
        return False
    common = models.load(f"common:{language}", lambda models: frozenset(models.json(name)["lower"]))
    return len([word for word in paragraph.channel if word in common]) >= _COMMON_SHARE * paragraph.word_count


def _model(models: Models) -> Any:
    def read(models: Models) -> Any:
        import fasttext

        return fasttext.load_model(str(models.path(MODEL_FILE)))

    return models.load("fasttext", read)
