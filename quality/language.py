"""Which language a document and each of its paragraphs is in.

fastText's `lid.176` model (176 languages) decides. A paragraph counts as the document's language unless
the model is sure of another: short lines, names and headings look like anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, WordTable
from quality.features.batch import begins_with_letter
from quality.features.scripts import plain_letters
from quality.model import Models
from quality.small_words import other_small_words, small_words

__all__ = ["LANGUAGE_NAMES", "UNKNOWN", "assign_languages", "detect"]

#: What `detect` does, with what was asked before remembered.
_Tell = Callable[[str], tuple[str, float]]

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

    @cache  # short documents are asked about as a whole and as a paragraph, and pages have the same lines
    def tell(text: str) -> tuple[str, float]:
        return detect(text, models)

    told = _document_languages(batch, models, tell) if language == "auto" else (language,) * len(batch)
    own = [told[owner] for owner in batch.owners.tolist()]
    doubtful = (batch.words >= _SURE[-1][0]) & ~_read_like(batch, own, models)
    for at in np.flatnonzero(doubtful).tolist():
        own[at] = _paragraph_language(batch.paragraphs[at].text, batch.words[at], own[at], tell)
    paragraphs = tuple(map(Paragraph.told, batch.paragraphs, own, batch.words.astype(int).tolist()))
    return told, batch.told(paragraphs)


def _document_languages(batch: Batch, models: Models, tell: _Tell) -> tuple[str, ...]:
    """A trained language if the common words of the longest paragraphs leave no doubt, else what the model says."""
    lengths = [len(paragraph.text) for paragraph in batch.paragraphs]
    longest = [
        sorted(range(first, last), key=lambda row: (-lengths[row], row))[:_DOCUMENT_PARAGRAPHS]
        for first, last in pairwise(batch.bounds.tolist())
    ]
    table = batch.channel
    rows = np.array([row for own in longest for row in own], np.intp)
    # The places of the first words of these, and the document of each.
    sizes = np.minimum(table.lengths[rows], _DOCUMENT_WORDS)
    places = np.repeat(table.bounds[rows] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    places = places[begins_with_letter(table)[places]]
    owners = batch.owners[table.rows[places]]

    def count(wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(owners[wanted[places]], minlength=len(batch))

    words = count(np.ones(len(table.numbers), np.bool_))
    shares = {
        language: (count(_are(table, common)) / np.maximum(words, 1)).tolist()
        for language in models.languages
        if (common := _common_words(language, models))
    }
    return tuple(
        _certain({language: values[number] for language, values in shares.items()} if enough else {})
        or tell(" ".join([batch.paragraphs[row].text[:_DOCUMENT_SAMPLE] for row in own]))[0]
        for number, (own, enough) in enumerate(zip(longest, (words >= _ENOUGH).tolist(), strict=True))
    )


def _certain(shares: Mapping[str, float]) -> str | None:
    """The language that so many words are common words of that nothing else need be asked."""
    for language, share in shares.items():
        if share >= _CERTAIN and all(share >= 2 * other for name, other in shares.items() if name != language):
            return language
    return None


def _paragraph_language(text: str, words: float, document_language: str, tell: _Tell) -> str:
    found, probability = tell(text[:_SAMPLE])
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
    return batch.channel.totals(_are(batch.channel, wanted))


def _are(table: WordTable, wanted: frozenset[str]) -> NDArray[np.bool_]:
    """Whether each word is a wanted one, shape (words of all runs,)."""
    return table.ask(wanted, wanted.__contains__, np.bool_)


def _common_words(language: str, models: Models) -> frozenset[str]:
    """Words that tell a trained language by themselves: those that it writes small, or fewer that its lexicon names."""
    name = f"{language}/casing.json"
    if not models.has(name):
        return frozenset()

    def read(models: Models) -> frozenset[str]:
        record = models.json(name)
        return frozenset(record.get("common", record["lower"]))

    return models.load(f"common:{language}", read)


def _model(models: Models) -> Any:
    def read(models: Models) -> Any:
        import fasttext

        return fasttext.load_model(str(models.path(MODEL_FILE)))

    return models.load("fasttext", read)
