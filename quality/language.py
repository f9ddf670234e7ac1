"""Which language a document and each of its paragraphs is in.

fastText's `lid.176` model (176 languages) decides. A paragraph counts as the document's language unless
the model is sure of another: short lines, names and headings look like anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch
from quality.features.scripts import plain_letters
from quality.model import Models

__all__ = ["LANGUAGE_NAMES", "UNKNOWN", "assign_languages", "detect", "other_small_words", "small_words"]

UNKNOWN = "und"
MODEL_FILE = "lid.176.ftz"

#: Characters of a paragraph that are looked at: the model's time grows with them. Chosen by hand.
_SAMPLE = 300
#: Paragraphs of a document that the model tells its language from (the longest ones), and characters of each.
_DOCUMENT_PARAGRAPHS, _DOCUMENT_SAMPLE = 5, 150
#: First words of these that are looked at before. Of so many words, and twice as many as of any other trained
#: language, this share are common words of the language: the model is not asked. No text in another of 50 languages
#: had more than a third (Afrikaans for German), nine of ten in German and English have it (2026-11-22).
_DOCUMENT_WORDS, _ENOUGH, _CERTAIN = 60, 20, 0.4

#: A paragraph of at least so many words is in another language if that has at least this probability.
#: The shorter the line, the surer the model has to be; under four words it is never asked. Chosen by hand.
_SURE = ((12, 0.5), (8, 0.6), (4, 0.75))

#: A paragraph of which this share are common small words of the document's language is in that language, and the
#: model is not asked. Few words of English are such words of German, or the reverse ("in", "was", "so").
_COMMON_SHARE = 0.4

#: In other languages with a list of small words: so many of a paragraph's words, and this share, are such words, and
#: those of other languages alone are at most this part as many. Chosen by hand: of 25,000 paragraphs in seven
#: languages the model tells 11 otherwise, all wrongly (2026-11-22).
_FEWEST_SMALL, _SMALL_SHARE, _OTHERS = 2, 0.12, 0.2

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
    paragraphs = tuple(map(Paragraph.told, batch.paragraphs, own, batch.words.astype(int).tolist()))
    return told, Batch(paragraphs, batch.bounds, batch.tokens)


def _document_language(paragraphs: Sequence[Paragraph], models: Models) -> str:
    """A trained language if the common words of the longest paragraphs leave no doubt, else what the model says."""
    longest = sorted(paragraphs, key=lambda paragraph: (-len(paragraph.text), paragraph.index))[:_DOCUMENT_PARAGRAPHS]
    words = [word for paragraph in longest for word in paragraph.channel[:_DOCUMENT_WORDS] if word[0].isalpha()]
    shares = {
        language: len([word for word in words if word in common]) / max(len(words), 1)
        for language in models.languages
        if (common := _common_words(language, models))
    }
    if len(words) >= _ENOUGH:
        for language, share in shares.items():
            if share >= _CERTAIN and all(share >= 2 * other for name, other in shares.items() if name != language):
                return language
    return detect(" ".join(paragraph.text[:_DOCUMENT_SAMPLE] for paragraph in longest), models)[0]


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
        mine = np.array([one == language for one in languages])
        if common := _common_words(language, models):
            alike |= mine & (_count(batch, common) >= _COMMON_SHARE * batch.words)
        elif small := small_words().get(language):
            own = _count(batch, small)
            enough = own >= np.maximum(_FEWEST_SMALL, _SMALL_SHARE * batch.words)
            alike |= mine & enough & (_count(batch, other_small_words(language)) <= _OTHERS * own)
    return alike


def _count(batch: Batch, wanted: frozenset[str]) -> NDArray[np.int64]:
    """How many words of each paragraph are wanted ones, shape (paragraphs,)."""
    return batch.channel.totals(batch.channel.ask(wanted, wanted.__contains__, np.bool_))


def _common_words(language: str, models: Models) -> frozenset[str]:
    """Words that tell a trained language by themselves: those that it writes small, or fewer that its lexicon names."""
    name = f"{language}/casing.json"
    if not models.has(name):
        return frozenset()

    def read(models: Models) -> frozenset[str]:
        record = models.json(name)
        return frozenset(record.get("common", record["lower"]))

    return models.load(f"common:{language}", read)


@cache
def small_words() -> Mapping[str, frozenset[str]]:
    """The commonest words of some forty languages, in lower case."""
    tables = tomllib.loads(resources.files("quality").joinpath("small_words.toml").read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in tables.items()}


@cache
def other_small_words(language: str) -> frozenset[str]:
    """Small words, of two letters at least, of all languages but one."""
    words = {word for other, listed in small_words().items() if other != language for word in listed if len(word) > 1}
    return frozenset(words - small_words()[language])


def _model(models: Models) -> Any:
    def read(models: Models) -> Any:
        import fasttext

        return fasttext.load_model(str(models.path(MODEL_FILE)))

    return models.load("fasttext", read)
