"""Which language a document and each of its paragraphs is in.

fastText's `lid.176` model (176 languages) decides. A paragraph counts as the document's language unless
the model is sure of another: short lines, names and headings look like anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch
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


def assign_languages(batch: Batch, models: Models, *, language: str = "auto") -> tuple[tuple[str, ...], Batch]:
    """The documents' languages, and the batch with those of its paragraphs.

    A `language` other than "auto" is every document's.
    """
    if language == "auto":
        told = tuple(_document_language(paragraphs, models) for paragraphs in batch.documents)
    else:
        told = (language,) * len(batch)
    own = [told[owner] for owner in batch.owners.tolist()]
    doubtful = (batch.words >= _SURE[-1][0]) & ~_read_like(batch, own, models)
    for at in np.flatnonzero(doubtful).tolist():
        own[at] = _paragraph_language(batch.paragraphs[at].text, batch.words[at], own[at], models)
    paragraphs = tuple(map(Paragraph.in_language, batch.paragraphs, own))
    return told, Batch(paragraphs, batch.bounds, batch.tokens)


def _document_language(paragraphs: Sequence[Paragraph], models: Models) -> str:
    longest = sorted(paragraphs, key=lambda paragraph: (-len(paragraph.text), paragraph.index))
    sample = " ".join([paragraph.text[:_SAMPLE] for paragraph in longest[:_DOCUMENT_PARAGRAPHS]])
    return detect(sample, models)[0]


def _paragraph_language(text: str, words: float, document_language: str, models: Models) -> str:
    found, probability = detect(text[:_SAMPLE], models)
    needed = next(sure for least, sure in _SURE if words >= least)
    return found if probability >= needed and found != UNKNOWN else document_language


def _read_like(batch: Batch, languages: Sequence[str], models: Models) -> NDArray[np.bool_]:
    """A quick test that saves most calls of the model, for the languages whose common words are known.

    Tells which paragraphs read like the language given for each, shape (paragraphs,).
    """
    alike = np.zeros(len(batch.paragraphs), np.bool_)
    for language in sorted(set(languages)):
        common = _common_words(language, models)
        if common:
            is_common = batch.channel.ask(common, common.__contains__, np.bool_)
            enough = batch.channel.totals(is_common) >= _COMMON_SHARE * batch.words
            alike |= enough & np.array([one == language for one in languages])
    return alike


def _common_words(language: str, models: Models) -> frozenset[str]:
    name = f"{language}/casing.json"
    if not models.has(name):
        return frozenset()
    return models.load(f"common:{language}", lambda models: frozenset(models.json(name)["lower"]))


def _model(models: Models) -> Any:
    def read(models: Models) -> Any:
        import fasttext

        return fasttext.load_model(str(models.path(MODEL_FILE)))

    return models.load("fasttext", read)
