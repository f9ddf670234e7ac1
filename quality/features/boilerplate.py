"""Page furniture: comment forms, consent notices, credits, related links … scraped along with an article.

One row a paragraph, of what it says (phrases in many languages, patterns of credits and bylines), how it
looks, where it stands, what stands around it, and how its words go with the page's: a line between two lines of
furniture is likelier furniture, and prose that shares no word with the article is hardly a part of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from quality.document import Paragraph
from quality.features import Batch, Evidence, Matrix, Span, WordTable
from quality.features.boilerplate_context import AROUND_NAMES, Places, around
from quality.features.boilerplate_lines import (
    CLASSES,
    REASONS,
    SAID,
    SHORT,
    Lines,
    Said,
    find_reasons,
    join,
    stop_words,
)
from quality.features.boilerplate_wording import PROSE_EVIDENCE, WORDING_NAMES, wording
from quality.language import UNKNOWN
from quality.model import Models
from quality.repeats import Repeats

__all__ = [
    "KIND",
    "LINE_NAMES",
    "NAMES",
    "PROSE_LEVEL",
    "WORDS_LEVEL",
    "Unweighed",
    "WordWeights",
    "measure",
    "words_of",
]

KIND = "boilerplate"
#: Level of the head whose features are words: what a word says by itself about its paragraph.
WORDS_LEVEL = "words"
#: The same of long lines alone: it tells a reader's comment from an article, not a menu.
PROSE_LEVEL = "prose"

_SHAPE = (
    "log_characters",
    "log_words",
    "word_length",
    "capital_share",
    "title_share",
    "digit_share",
    "mark_share",
    "separators",
    "sentence_ends",
    "commas",
    "stop_share",
    "ends_sentence",
    "ends_colon",
    "ends_ellipsis",
    "starts_lower",
    "starts_bullet",
    "address",
    "date_share",
    "repeats",
    "title_repeated",
    "foreign",
)
_SPOKEN = (
    "phrase_coverage",
    "phrase_hits",
    *(f"{reason}_share" for reason in SAID),
    *(f"{reason}_said" for reason in SAID),
    "inset",
    "credit_at_edge",
    "word_evidence",
    "word_evidence_top",
    "word_evidence_low",
    "word_evidence_first",
    "word_evidence_last",
)
_WORD_EVIDENCE = tuple(name for name in _SPOKEN if name.startswith("word_evidence"))
#: What a line is judged by, and in how many documents of a corpus it is.
LINE_NAMES = (*_SHAPE, *_SPOKEN, *AROUND_NAMES, *WORDING_NAMES)
NAMES = (*LINE_NAMES, "corpus_documents")

_OPENERS = "\"'„“”‘«»‹(¿¡"
_CLOSERS = "\"'”“’‘»«›‹)]}」』 "
_ENDS = frozenset(".!?…。！？।؟")

#: Nats: how much commoner a line with the reason is among furniture than among content. Our five sources of
#: labelled pages, 510,000 lines, 2026-11; at least 0.5, which is also what shape weighs.
#: A line that many documents have is furniture: its weight was chosen by hand to stand first.
_WEIGHTS = {
    "comment": 3.6,
    "consent": 1.9,
    "newsletter": 2.1,
    "share": 2.2,
    "login": 2.5,
    "related": 0.7,
    "credit": 0.6,
    "byline": 0.5,
    "tag": 1.2,
    "repeated": 0.6,
    "author": 0.5,
    "legal": 2.1,
    "navigation": 2.4,
    "missing": 0.5,
    "promotion": 0.5,
    "corpus": 7.0,
    "shape": 0.5,
}
#: A credit stands within so many characters of its caption's start or end.
_EDGE = 40
#: Lines that say the same begin with the same characters, so many at least.
_BEGINNING = 8

_DATE = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}[-./]\d{1,2}[-./]\d{1,2}\b"
    r"|\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b(?: ?[AaPp]\.?[Mm]\b\.?| Uhr)?"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th|\.)? (?:de )?)?[^\W\d_]{3,10}\.?,? (?:de )?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:19|20)\d\d\b"
    r"|\b\d+ (?:second|minute|hour|day|week|month|year|min|hr)s? ago\b|\b(?:vor|il y a|hace|há) \d+ \w+"
)
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w|\b[\w-]+\.(?:com|org|net|de|html?)\b")


@dataclass(frozen=True, slots=True)
class WordWeights:
    """Log-odds of furniture by word in lower case: of lines of every length, and of long ones alone."""

    words: Mapping[str, float]
    prose: Mapping[str, float]


@dataclass(frozen=True, eq=False, slots=True)
class _Words:
    """Log-odds of furniture by word in lower case, in thousandths; 0 for unknown words."""

    weights: Mapping[str, int]

    def of(self, tokens: list[str]) -> Iterator[int]:
        return map(self.weights.get, tokens, repeat(0))


def measure(batch: Batch, models: Models, *, language: str, explain: bool, repeats: Repeats | None = None) -> Evidence:
    """The columns `NAMES` of each paragraph, and with `explain` the reasons for each that is furniture.

    `repeats` lists the lines that many documents of a corpus have. The `language` does not matter.
    """
    paragraphs = batch.paragraphs
    if not paragraphs:
        return Evidence.empty(NAMES, 0)
    lines, places = join(paragraphs), Places(batch.bounds)
    said = find_reasons(lines)
    weights = models.load("boilerplate words", _read_words)
    rows = _rows(batch.tokens, _shape(batch, lines, places) | _spoken(lines, said), places, *weights)
    corpus = np.zeros(len(paragraphs)) if repeats is None else repeats.documents_with(paragraphs).astype(float)
    matrix: Matrix = np.column_stack([rows, corpus])
    spans = _spans(paragraphs, lines, said, matrix, models) if explain else ((),) * len(paragraphs)
    return Evidence(NAMES, matrix, spans)


class Unweighed:
    """A batch that is not empty, with all that is known of its lines before any word has a weight."""

    def __init__(self, batch: Batch) -> None:
        lines = join(batch.paragraphs)
        self._tokens, self._places = batch.tokens, Places(batch.bounds)
        self._columns = _shape(batch, lines, self._places) | _spoken(lines, find_reasons(lines))

    def rows(self, weights: WordWeights) -> Matrix:
        """The columns `LINE_NAMES`, given the log-odds of words."""
        return _rows(self._tokens, self._columns, self._places, _words(weights.words), _words(weights.prose))


def words_of(paragraph: Paragraph) -> tuple[str, ...]:
    """The tokens of a paragraph as the head of words knows them; it knows no numbers.

    >>> from quality.document import Document
    >>> from quality.segmentation import segment
    >>> words_of(segment(Document("Posted in 2019 | 3 Comments"))[0])
    ('posted', 'in', '2019', '|', '3', 'comments')
    """
    return tuple(map(str.lower, paragraph.tokens))


def _rows(
    tokens: WordTable, columns: dict[str, Matrix], places: Places, words: _Words | None, prose: _Words | None
) -> Matrix:
    known = columns | _word_evidence(tokens, words, _WORD_EVIDENCE) | _word_evidence(tokens, prose, PROSE_EVIDENCE)
    known |= around(known, places)
    known |= wording(tokens, known, places)
    return np.column_stack([known[name] for name in LINE_NAMES])


def _shape(batch: Batch, lines: Lines, places: Places) -> dict[str, Matrix]:
    """What each paragraph looks like by itself, and whether the document has it twice."""
    paragraphs = batch.paragraphs
    count = len(paragraphs)
    lengths = (lines.ends - lines.starts).astype(np.float64)
    counts = dict(zip(CLASSES, lines.counts().T.astype(np.float64), strict=True))
    upper = lines.classes == CLASSES.index("upper")
    letter = upper | (lines.classes == CLASSES.index("lower"))
    begins = np.flatnonzero(letter & ~np.concatenate([[False], letter[:-1]]))
    words = np.bincount(lines.owners[begins], minlength=count).astype(np.float64)
    titles = np.bincount(lines.owners[begins[upper[begins]]], minlength=count)
    letters = counts["upper"] + counts["lower"]
    marks = counts["mark"] + counts["separator"] + counts["stop"] + counts["comma"]
    some = np.maximum(words, 1.0)
    dated, address = _dates_and_addresses(lines)
    texts = [paragraph.text for paragraph in paragraphs]
    lasts = [text.rstrip(_CLOSERS)[-1:] for text in texts]
    repeats, title_repeated = _repeats(lines, places)
    small_words = batch.tokens.totals(batch.tokens.ask("small word", stop_words().__contains__, np.bool_))
    return {
        "log_characters": np.log1p(lengths),
        "log_words": np.log1p(words),
        "word_length": letters / some,
        "capital_share": counts["upper"] / np.maximum(letters, 1.0),
        "title_share": titles / some,
        "digit_share": counts["digit"] / lengths,
        "mark_share": marks / lengths,
        "separators": counts["separator"] / some,
        "sentence_ends": counts["stop"] / some,
        "commas": counts["comma"] / some,
        "stop_share": small_words / some,
        "ends_sentence": np.array([last in _ENDS for last in lasts], np.float64),
        "ends_colon": np.array([last in (":", "：") for last in lasts], np.float64),
        "ends_ellipsis": np.array([text.endswith(("...", "…", "[…]", "[...]")) for text in texts], np.float64),
        "starts_lower": np.array([text[0].islower() for text in texts], np.float64),
        "starts_bullet": np.array([not text[0].isalnum() and text[0] not in _OPENERS for text in texts], np.float64),
        "address": address,
        "date_share": np.minimum(dated / lengths, 1.0),
        "repeats": repeats,
        "title_repeated": title_repeated,
        "foreign": _foreign(paragraphs, places),
    }


def _dates_and_addresses(lines: Lines) -> tuple[Matrix, Matrix]:
    """How many characters dates have in each short paragraph, and whether it holds an address."""
    dated, address = np.zeros((2, len(lines.starts)))
    short = (lines.ends - lines.starts <= SHORT).take(lines.owners)
    for at in lines.having(short & (lines.classes == CLASSES.index("digit"))):
        for match in _DATE.finditer(lines.text, int(lines.starts[at]), int(lines.ends[at])):
            dated[at] += match.end() - match.start()
    # Each form of address has a full stop before a letter, an @ or a colon before a slash.
    joint = lines.codes == ord("@")
    dots, colons = lines.codes[:-1] == ord("."), lines.codes[:-1] == ord(":")
    joint[:-1] |= (dots & (lines.classes[1:] == CLASSES.index("lower"))) | (colons & (lines.codes[1:] == ord("/")))
    for at in lines.having(joint & short):
        address[at] = _ADDRESS.search(lines.text, int(lines.starts[at]), int(lines.ends[at])) is not None
    return dated, address


def _repeats(lines: Lines, places: Places) -> tuple[Matrix, Matrix]:
    """Log of how often the document says the same again, and whether a line repeats its title."""
    bounds = zip(lines.starts.tolist(), lines.ends.tolist(), strict=True)
    keys = [lines.folded[start : min(end, start + SHORT)] for start, end in bounds]
    repeats, title_repeated = np.zeros((2, len(keys)))
    for first, last in zip(places.firsts.tolist(), places.lasts.tolist(), strict=True):
        own = keys[first:last]
        occurrences = Counter(own)
        if len(occurrences) < len(own):
            repeats[first:last] = [occurrences[key] - 1 for key in own]
        title_repeated[first:last] = _title_repeated(own)
    return np.log1p(repeats), title_repeated


def _title_repeated(keys: Sequence[str]) -> list[bool]:
    """1.0 where a line says again, or begins to say, one of the first two lines or the next two (at least 3 words)."""
    repeated = [False] * len(keys)
    beginnings = [key[:_BEGINNING] for key in keys]
    known = Counter(beginnings)
    for at, key in enumerate(keys):
        if known[beginnings[at]] == 1 or key.count(" ") < 2:
            continue
        stem = key.rstrip(" .…")
        around = [*keys[at + 1 : at + 4], *keys[: min(2, at)]]
        if any(other.startswith(stem) or (other.count(" ") >= 2 and key.startswith(other)) for other in around):
            repeated[at] = True
    return repeated


def _foreign(paragraphs: Sequence[Paragraph], places: Places) -> Matrix:
    """Whether each paragraph is in another language than most words of its document."""
    foreign = np.zeros(len(paragraphs))
    for first, last in zip(places.firsts.tolist(), places.lasts.tolist(), strict=True):
        languages = {paragraph.language for paragraph in paragraphs[first:last]}
        if len(languages) > 1:
            words: Counter[str] = Counter()
            for paragraph in paragraphs[first:last]:
                words[paragraph.language] += paragraph.word_count
            own = (max(sorted(words), key=words.__getitem__), UNKNOWN)
            foreign[first:last] = [paragraph.language not in own for paragraph in paragraphs[first:last]]
    return foreign


def _spoken(lines: Lines, said: Said) -> dict[str, Matrix]:
    """Which reasons each paragraph gives, and how much of it does."""
    count = len(lines.starts)
    lengths = (lines.ends - lines.starts).astype(np.float64)
    by_reason = np.zeros((len(SAID), count))
    np.add.at(by_reason, (said.reasons, said.paragraphs), said.ends - said.starts)
    # Places may overlap: of each counts what goes beyond all earlier ones.
    reached = np.concatenate([[0], np.maximum.accumulate(said.ends)[:-1]]) if len(said.ends) else said.ends
    new = np.maximum(said.ends - np.maximum(said.starts, reached), 0)
    covered = np.bincount(said.paragraphs, new, minlength=count)
    at_edge, inset = np.zeros((2, count))
    credit = said.reasons == SAID.index("credit")
    near = said.starts - lines.starts[said.paragraphs] <= _EDGE
    near |= lines.ends[said.paragraphs] - said.ends <= _EDGE
    at_edge[said.paragraphs[credit & near]] = 1.0
    related = said.reasons == SAID.index("related")
    inset[said.paragraphs[related & (lines.codes[said.starts] == ord("("))]] = 1.0
    return {
        "phrase_coverage": covered / lengths,
        "phrase_hits": np.log1p(np.bincount(said.paragraphs, minlength=count)),
        **{f"{name}_share": np.minimum(row / lengths, 1.0) for name, row in zip(SAID, by_reason, strict=True)},
        **{f"{name}_said": (row > 0).astype(np.float64) for name, row in zip(SAID, by_reason, strict=True)},
        "inset": inset,
        "credit_at_edge": at_edge,
    }


def _word_evidence(tokens: WordTable, words: _Words | None, names: Sequence[str]) -> dict[str, Matrix]:
    """Mean, highest and lowest log-odds of each paragraph's words, and, for five names, of its first and last two."""
    counts, starts, ends = tokens.lengths, tokens.bounds[:-1], tokens.bounds[1:]
    if words is None:
        return {name: np.full(len(counts), np.nan) for name in names}
    weights = tokens.lower.ask_all(words, words.of, np.int32)
    some = np.flatnonzero(counts)
    made = {name: np.zeros(len(counts)) for name in names}
    sums = np.concatenate([[0], np.cumsum(weights)])
    made[names[0]] = (sums[ends] - sums[starts]) / np.maximum(counts, 1) / _THOUSANDTHS
    made[names[1]][some] = np.maximum.reduceat(weights, starts[some]) / _THOUSANDTHS
    made[names[2]][some] = np.minimum.reduceat(weights, starts[some]) / _THOUSANDTHS
    if len(names) > 3:
        made[names[3]] = (sums[np.minimum(starts + 2, ends)] - sums[starts]) / _THOUSANDTHS
        made[names[4]] = (sums[ends] - sums[np.maximum(ends - 2, starts)]) / _THOUSANDTHS
    return made


#: Words' log-odds are added up as whole numbers: in any order they give the same sum.
_THOUSANDTHS = 1000.0


def _read_words(models: Models) -> tuple[_Words | None, _Words | None]:
    heads = (models.head(KIND, WORDS_LEVEL, "any"), models.head(KIND, PROSE_LEVEL, "any"))
    words, prose = (
        None if head is None else _words(dict(zip(head.features, head.coefficients.tolist(), strict=True)))
        for head in heads
    )
    return words, prose


def _words(weights: Mapping[str, float]) -> _Words:
    values = np.rint(np.array(list(weights.values())) * _THOUSANDTHS).astype(np.int64)
    return _Words(dict(zip(weights, values.tolist(), strict=True)))


def _spans(
    paragraphs: Sequence[Paragraph], lines: Lines, said: Said, matrix: Matrix, models: Models
) -> tuple[tuple[Span, ...], ...]:
    """The reasons for each paragraph that is furniture."""
    spans: list[list[Span]] = [[] for _ in paragraphs]
    again_said = matrix[:, NAMES.index("title_repeated")] + matrix[:, NAMES.index("repeats")] > 0
    for at in _furniture(matrix, models):
        documents = int(matrix[at, NAMES.index("corpus_documents")])
        spans[at].extend(_reasons(paragraphs[at], at, lines, said, bool(again_said[at]), documents))
    return tuple(map(tuple, spans))


def _furniture(matrix: Matrix, models: Models) -> list[int]:
    """The paragraphs that the trained head calls furniture, and those that many documents have."""
    head = models.head(KIND, "paragraph", "any")
    furniture = matrix[:, NAMES.index("corpus_documents")] > 0
    if head is not None:
        at = [NAMES.index(name) for name in head.features]
        furniture |= head.probability(matrix[:, at]) >= head.threshold
    return np.flatnonzero(furniture).tolist()


def _reasons(paragraph: Paragraph, at: int, lines: Lines, said: Said, repeated: bool, documents: int) -> list[Span]:
    """Why a paragraph is furniture: each reason at its first place, else its shape and place."""
    spans: dict[str, Span] = {}
    shift = paragraph.start - int(lines.starts[at])
    for place in range(*np.searchsorted(said.paragraphs, (at, at + 1)).tolist()):
        reason = SAID[said.reasons[place]]
        if reason not in spans:
            start, end = int(said.starts[place]) + shift, int(said.ends[place]) + shift
            spans[reason] = Span(REASONS[reason], start, end, _WEIGHTS[reason])
    if repeated:
        spans["repeated"] = Span(REASONS["repeated"], paragraph.start, paragraph.end, _WEIGHTS["repeated"])
    if documents:
        detail = f"{documents:,}"
        spans["corpus"] = Span("B316", paragraph.start, paragraph.end, _WEIGHTS["corpus"], detail=detail)
    if not spans:
        spans["shape"] = Span("B320", paragraph.start, paragraph.end, _WEIGHTS["shape"])
    return list(spans.values())
