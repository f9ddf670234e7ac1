"""Foreign residue: paragraphs in another language than the document, and untranslated runs inside paragraphs.

A paragraph's language is `quality.language`'s; here it is only compared with the document's (L501). A run inside a
paragraph (L502) is at least six words among which small words of another language stand and none of the paragraph's
own, or as many words in another script; fastText's model names its language. Quotations, titles, names, addresses and
single loan words are left alone: a run in quotation marks, one with capitals on most words, or a short one is quiet.

Chosen by hand on clean novels, speeches and manuals in eleven languages, 2026-11-22, where 0 to 5 runs in 100,000
words were found, nearly all of them really foreign (12 in a wiki that mixes languages). Of runs set into paragraphs
of nine languages .89 were found at 20 words, .71 at 12, .47 at 8 and .32 at 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from quality.document import Paragraph
from quality.features import Batch, Evidence, Span
from quality.language import LANGUAGE_NAMES, detect
from quality.model import Models
from quality.small_words import other_small_words, small_words

__all__ = ["NAMES", "measure"]

NAMES = ("foreign_paragraph",)

#: Words of a run; different small words of its language in it, all but one of which the paragraph's does not have.
_WORDS, _DIFFERENT = 6, 3
#: A run of so many words needs one small word alone, if the model is the surer of it.
_LONG = 8
#: How far a run goes on beyond its first and last small word, in words.
_REACH = 8
#: Probability (0..1) that the model has to give the run's language.
_SURE, _SURER = 0.6, 0.85
#: Languages that share this part of their small words are told apart by more of them, never by one.
_RELATED = 0.2
#: Languages that are tried for one paragraph, and the share of its text from which a run is the paragraph.
_LANGUAGES, _WHOLE = 2, 0.9
#: Share of the run's small words that must be words of the language that the model names.
_AGREED = 0.7
#: Share of capitalised words from which a run is a title or a list of names. German nouns need room.
_TITLE = 0.6
#: What ends a run besides the paragraph's own words.
_ENDS = frozenset('.!?:;()[]{}<>|/\\@#=…„“”«»"‹›—–')
_QUOTED = re.compile('[„“«»"‚‘‹][^„“”«»"\n]{1,400}[“”»«"’‘›]')
#: Six words in Latin letters, and as much in another script; Chinese, Japanese and Thai have no spaces.
_LATIN_RUN = re.compile(r"[A-Za-zÀ-ɏ'’]+(?:[ ,-]{1,2}[A-Za-zÀ-ɏ'’]+){5,}")
_OTHER_RUN = re.compile(
    "|".join(
        rf"[{letters}]+(?:[ ,-]{{1,2}}[{letters}]+){{5,}}"
        for letters in ("Ѐ-ԯ", "Ͱ-Ͽἀ-῿", "\u0590-\u05ff", "\u0600-\u06ff", "\u0900-\u097f", "가-힣")
    )
    + "|[ぁ-ヿ一-鿿]{10,}|[\u0e01-\u0e4e]{12,}"
)
_NOT_LATIN = re.compile("[\u0370-\u052f\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_WEIGHT = 1.0


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Whether each paragraph is in another language than its document, `language`; L501 says so, L502 names runs."""
    paragraphs = batch.paragraphs
    other = np.array([paragraph.language != language for paragraph in paragraphs], np.float64)
    spans: tuple[tuple[Span, ...], ...] = ((),) * len(paragraphs)
    if explain:
        spans = tuple(_spans(paragraph, language, models) for paragraph in paragraphs)
    return Evidence(NAMES, other.reshape(-1, 1), spans)


def _spans(paragraph: Paragraph, language: str, models: Models) -> tuple[Span, ...]:
    if paragraph.language == language:
        return tuple(_runs(paragraph, models))
    return (Span("L501", paragraph.start, paragraph.end, _WEIGHT, detail=_name(paragraph.language)),)


def _runs(paragraph: Paragraph, models: Models) -> Iterator[Span]:
    """The untranslated runs in a paragraph that is in one language by and large, each with its language's name."""
    lists = small_words()
    own = lists.get(paragraph.language)
    if own is None:
        return
    others = other_small_words(paragraph.language)
    hits = [at for at, token in enumerate(paragraph.tokens) if token in others]
    candidates = [(*run, _SURE) for run in _other_script(paragraph, latin=min(own) < "\u0250")]
    different = {paragraph.tokens[at] for at in hits}
    # A language with few of these words can only be an accident of spelling.
    likely = sorted(lists, key=lambda language: -len(different & lists[language]))[:_LANGUAGES] if hits else ()
    for language in likely:
        candidates.extend(_stretches(paragraph, lists[language], own, hits))
    if not candidates:
        return
    quoted = [match.span() for match in _QUOTED.finditer(paragraph.text)]
    after = 0
    for start, end, sure in sorted(candidates, key=lambda run: (run[0], -run[1])):
        first, last = start - paragraph.start, end - paragraph.start
        whole = last - first > _WHOLE * len(paragraph.text)
        if start < after or whole or any(opened < last and first < closed for opened, closed in quoted):
            continue
        found, probability = detect(paragraph.text[first:last], models)
        if found == paragraph.language or probability < sure:
            continue
        small = [paragraph.tokens[at] for at in hits if start <= paragraph.starts[at] < end]
        if sum(word in lists.get(found, ()) for word in small) < _AGREED * len(small):
            continue
        after = end
        yield Span("L502", start, end, _WEIGHT, detail=_name(found))


def _stretches(
    paragraph: Paragraph, words: frozenset[str], own: frozenset[str], hits: list[int]
) -> Iterator[tuple[int, int, float]]:
    """Stretches without small words of the paragraph's own language that have some of one other language's `words`.

    Offsets, and the probability that the model has to give their language. `hits` are the tokens that are
    small words of other languages alone.
    """
    tokens = paragraph.tokens
    related = len(words & own) >= _RELATED * len(words)
    stop = 0
    for hit in hits:
        if hit < stop or tokens[hit] not in words:
            continue
        first, stop = hit, hit + 1
        while first and not _breaks(tokens[first - 1], words, own):
            first -= 1
        while stop < len(tokens) and not _breaks(tokens[stop], words, own):
            stop += 1
        small = [at for at in range(first, stop) if tokens[at] in words]
        first, last = max(first, small[0] - _REACH), min(stop, small[-1] + _REACH + 1)
        letters = [token for token in tokens[first:last] if token[0].isalpha()]
        if len(letters) < _WORDS or sum(word[0].isupper() for word in letters) >= _TITLE * len(letters):
            continue
        different = {tokens[at] for at in small}
        if len(different) >= _DIFFERENT and len(different - own) >= _DIFFERENT - (not related):
            yield paragraph.starts[first], paragraph.ends[last - 1], _SURER if related else _SURE
        elif len(letters) >= _LONG and not related:
            yield paragraph.starts[first], paragraph.ends[last - 1], _SURER


def _breaks(token: str, words: frozenset[str], own: frozenset[str]) -> bool:
    return token in _ENDS or (token in own and token not in words)


def _other_script(paragraph: Paragraph, *, latin: bool) -> Iterator[tuple[int, int]]:
    """Runs of words in another script than the paragraph's, which is Latin or not."""
    if latin and (paragraph.text.isascii() or _NOT_LATIN.search(paragraph.text) is None):
        return
    for match in (_OTHER_RUN if latin else _LATIN_RUN).finditer(paragraph.text):
        words = match.group().split()
        if sum(word[0].isupper() for word in words) < _TITLE * len(words):
            yield paragraph.start + match.start(), paragraph.start + match.end()


def _name(language: str) -> str:
    return LANGUAGE_NAMES.get(language, language)
