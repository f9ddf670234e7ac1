"""Readability: how long and how hard words and sentences are, by textstat's formulas.

No classifier that is shipped uses these, since textstat's speed would set that of scoring; whether they add
anything to n-grams and fluency has not been measured. They describe a corpus, and textstat is imported when
they are first asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quality.document import Paragraph
from quality.features import Batch, Evidence
from quality.model import Models

__all__ = ["NAMES", "measure"]

NAMES = ("flesch_reading_ease", "words_per_sentence", "syllables_per_word", "long_words")

#: textstat has no syllables for other languages than those of its hyphenation dictionaries.
_MIN_WORDS = 8


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Flesch's ease of the language (about 0 hard … 100 easy), words a sentence, syllables a word, share of long words.

    NaN for paragraphs of under eight words. Why: translation engines keep the source's sentences, and a spinner's
    synonyms are longer than the words they replace. Known false alarm: every register has its own level.
    """
    paragraphs = batch.paragraphs
    rows = [_row(paragraph, language) if paragraph.word_count >= _MIN_WORDS else _NOTHING for paragraph in paragraphs]
    return Evidence(NAMES, np.array(rows, np.float64).reshape(len(rows), len(NAMES)), ((),) * len(paragraphs))


_NOTHING = (np.nan,) * len(NAMES)


def _row(paragraph: Paragraph, language: str) -> tuple[float, ...]:
    statistics = _statistics(language)
    text = paragraph.text
    words = [token for token in paragraph.tokens if token[0].isalpha()]
    return (
        float(statistics.flesch_reading_ease(text)),
        len(words) / max(1, statistics.sentence_count(text)),
        float(statistics.syllable_count(text)) / len(words),
        sum(len(word) > 6 for word in words) / len(words),
    )


def _statistics(language: str) -> Any:
    import textstat

    textstat.textstat.set_lang(language)
    return textstat.textstat
