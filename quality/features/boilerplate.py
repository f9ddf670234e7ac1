"""Page furniture: comment forms, consent notices, credits, related links … scraped along with an article.

One row a paragraph, of what it says (phrases in many languages, patterns of credits and bylines), how it
looks, where it stands, and what stands around it: a line between two lines of furniture is likelier furniture.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, Evidence, Matrix, Span
from quality.language import UNKNOWN
from quality.model import Models

__all__ = ["KIND", "NAMES", "REASONS", "WORDS_LEVEL", "measure", "phrase_lists", "rows", "words_of"]

KIND = "boilerplate"
#: Level of the head whose features are words: what a word says by itself about its paragraph.
WORDS_LEVEL = "words"

#: Reasons that a phrase or pattern gives, with the codes of their findings.
REASONS = {
    "comment": "B301",
    "consent": "B302",
    "newsletter": "B303",
    "share": "B304",
    "login": "B305",
    "related": "B306",
    "credit": "B307",
    "byline": "B308",
    "tag": "B309",
    "repeated": "B310",
    "author": "B311",
    "legal": "B312",
    "navigation": "B313",
    "missing": "B314",
    "promotion": "B315",
}
_SAID = tuple(reason for reason in REASONS if reason != "repeated")

_OWN = (
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
    "phrase_coverage",
    "phrase_hits",
    *(f"{reason}_share" for reason in _SAID),
    *(f"{reason}_said" for reason in _SAID),
    "inset",
    "credit_at_edge",
    "word_evidence",
    "word_evidence_top",
    "repeats",
    "title_repeated",
    "foreign",
)
_PLACE = (
    "from_top",
    "from_end",
    "relative",
    "log_paragraphs",
    "prose_before",
    "prose_after",
    "distance_up",
    "distance_down",
)
#: Columns whose neighbours' and document's values are columns as well.
_CONTEXT = ("log_words", "stop_share", "ends_sentence", "title_share", "phrase_coverage", "word_evidence", "prose")
_REACHES = (3, 10)
_AROUND = (
    *(f"{name}_{side}" for side in ("before_2", "before_1", "after_1", "after_2") for name in _CONTEXT),
    *(f"{name}_within_{reach}" for reach in _REACHES for name in _CONTEXT),
    *(f"{name}_document" for name in _CONTEXT),
)
NAMES = (*_OWN, *_PLACE, *_AROUND)

_UPPER, _LETTER, _DIGIT, _MARK, _SEPARATOR, _STOP, _COMMA = (1 << bit for bit in range(7))
_SEPARATORS = frozenset("|»›•·→►▸▶/>«‹←>_~")
_SENTENCE_ENDS = frozenset(".!?…。！？।؟")
_COMMAS = frozenset(",،、，")
_OPENERS = "\"'„“”‘«»‹(¿¡"
_CLOSERS = "\"'”“’‘»«›‹)]}」』 "

#: Nats: how much commoner a line with the reason is among furniture than among content. Our five sources of
#: labelled pages, 510,000 lines, 2026-11; at least 0.5, which is also what shape and another language weigh.
_WEIGHTS = {
    "comment": 3.8,
    "consent": 1.9,
    "newsletter": 2.1,
    "share": 2.2,
    "login": 2.5,
    "related": 0.7,
    "credit": 0.6,
    "byline": 0.5,
    "tag": 0.5,
    "repeated": 0.6,
    "author": 0.5,
    "legal": 2.1,
    "navigation": 2.4,
    "missing": 0.5,
    "promotion": 0.5,
    "shape": 0.5,
}
#: A credit stands within so many characters of its caption's start or end.
_EDGE = 40
#: Lines that say the same begin with the same characters, so many at least.
_BEGINNING = 8
#: Longer paragraphs are no dates, tags or bylines.
_SHORT = 160

_AGENCY = (
    r"(?:AFP|AP|DPA|dpa|Reuters|REUTERS|EPA|EFE|ANSA|APA|TASS|KCNA|NTB|ANP|Belga|BELGA|Keystone|KEYSTONE|Xinhua|XINHUA"
    r"|Yonhap|YONHAP|Sputnik|RIA Novosti|Bloomberg|Getty(?: Images)?|GETTY(?: IMAGES)?|Shutterstock|iStock|Alamy"
    r"|imago(?: images)?|IMAGO|picture[- ]alliance|Anadolu(?: Agency)?|NurPhoto|Zuma Press|ZUMA|Adobe ?Stock|Pixabay"
    r"|Unsplash|Pexels|Flickr|Wikimedia(?: Commons)?|Depositphotos|Lehtikuva|Ritzau|TT|PTI|ANI|UPI|CNN|BBC|NBC|CBS"
    r"|ABC|Fox News)"
)
#: An agency before or after a slash or after ©; "SEOUL (Reuters) –" opens an article and is none.
_CREDIT = re.compile(rf"(?<![\w.])/ ?{_AGENCY}\b|(?<=\w)/{_AGENCY}\b(?!\.)|\b{_AGENCY} ?/|© ?{_AGENCY}")
_AGENCY_ALONE = re.compile(rf"\W*{_AGENCY}\W*")
#: "(MORE: …)": a link to another article that was set into the text.
_INSET = re.compile(r"\([A-ZÄÖÜÀ-ÞА-Я]{4,}(?: [A-ZÄÖÜÀ-ÞА-Я]{2,}){0,3}: ")
_NAME = r"(?:[A-ZÄÖÜÀ-ÞŁŚŽŠČ][\w.'’-]+|d[aeiu]|v[ao]n|d[eo]s|[a-z]l)"
_BYLINE = re.compile(
    rf"(?:By|BY|by|Von|VON|Par|PAR|Por|POR|Di|De|Door|DOOR|Av|AV|Af|Od|Autor|Autorin|Author|Text|Redaktion|Editor)"
    rf"(?: ?: ?| )[A-ZÄÖÜÀ-ÞŁŚŽŠČ][\w.'’-]+(?: {_NAME}){{0,4}}(?:(?:,| and| und| et| y| e|\|| -| –).{{0,60}})?"
)
#: A name made for addresses ("asia-pacific"), or a short line that names its source, section or tags.
_TAG = re.compile(
    r"[^\WA-Z]+(?:[-_/][^\WA-Z]+)+"
    r"|(?i:source|via|tags?|tagged|category|categories|filed under|topics?|keywords|section"
    r"|quelle|kategorien?|rubrik|schlagwörter|stichwörter|fuente|etiquetas|categorías?|fonte|bron|źródło|tagi|kategorie"
    r"|zdroj|štítky|kaynak|etiketler|kategori|источник|теги|метки|рубрика|джерело|étiquettes|catégories?)\b[^.!?]{0,40}"
)
_WHOLE_LINES = (("credit", _AGENCY_ALONE), ("byline", _BYLINE), ("tag", _TAG))
_DATE = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}[-./]\d{1,2}[-./]\d{1,2}\b"
    r"|\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b(?: ?[AaPp]\.?[Mm]\b\.?| Uhr)?"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th|\.)? (?:de )?)?[^\W\d_]{3,10}\.?,? (?:de )?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:19|20)\d\d\b"
    r"|\b\d+ (?:second|minute|hour|day|week|month|year|min|hr)s? ago\b|\b(?:vor|il y a|hace|há) \d+ \w+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w|\b[\w-]+\.(?:com|org|net|de|html?)\b")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The phrases of all languages, with an automaton that finds them in folded text."""

    automaton: object
    texts: tuple[str, ...]
    reasons: tuple[str, ...]
    #: Whether a phrase is tied to the start and to the end of its paragraph.
    starts: tuple[bool, ...]
    ends: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A place that gives a reason: paragraph, offsets in the joined text."""

    paragraph: int
    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """All paragraphs as one string of lines, so that a search goes once over the document.

    `starts[i]` and `ends[i]` are paragraph i's offsets in `text`; `folded` has the same offsets.
    """

    text: str
    folded: str
    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def at(self, offset: int) -> int:
        return int(np.searchsorted(self.starts, offset, "right")) - 1


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """The columns `NAMES` of each paragraph, and with `explain` the reasons for each that is furniture."""
    return Evidence.joined(NAMES, (_document(each, models, explain) for each in batch.documents if each))


def _document(paragraphs: Sequence[Paragraph], models: Models, explain: bool) -> Evidence:
    lines = _join(paragraphs)
    said = _said(lines)
    columns = _columns(paragraphs, lines, said, _word_weights(models))
    matrix = np.column_stack([columns[name] for name in NAMES])
    spans: list[list[Span]] = [[] for _ in paragraphs]
    if explain:
        by_paragraph: dict[int, list[_Said]] = {}
        for one in said:
            by_paragraph.setdefault(one.paragraph, []).append(one)
        for at in _furniture(matrix, models):
            repeated = bool(columns["title_repeated"][at] or columns["repeats"][at])
            spans[at].extend(_reasons(paragraphs[at], by_paragraph.get(at, ()), int(lines.starts[at]), repeated))
    return Evidence(NAMES, matrix, tuple(map(tuple, spans)))


def rows(paragraphs: Sequence[Paragraph], weights: Mapping[str, float] | None) -> Matrix:
    """The matrix of `measure` (at least one paragraph), given the log-odds of words."""
    lines = _join(paragraphs)
    columns = _columns(paragraphs, lines, _said(lines), weights)
    return np.column_stack([columns[name] for name in NAMES])


def words_of(paragraph: Paragraph) -> tuple[str, ...]:
    """The tokens of a paragraph as the head of words knows them; it knows no numbers.

    >>> from quality.document import Document
    >>> from quality.segmentation import segment
    >>> words_of(segment(Document("Posted in 2019 | 3 Comments"))[0])
    ('posted', 'in', '2019', '|', '3', 'comments')
    """
    return tuple(map(str.lower, paragraph.tokens))


def _columns(
    paragraphs: Sequence[Paragraph], lines: _Lines, said: Sequence[_Said], weights: Mapping[str, float] | None
) -> dict[str, Matrix]:
    columns = _own(lines, paragraphs, said, _word_evidence(paragraphs, weights), _major_language(paragraphs))
    columns |= _place(columns)
    return columns | _around(columns)


def _join(paragraphs: Sequence[Paragraph]) -> _Lines:
    texts = [paragraph.text for paragraph in paragraphs]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    text = "\n".join(texts)
    if text.count("\n") >= len(texts):  # paragraphs over several lines
        text = "\n".join([one.replace("\n", " ") for one in texts])
    try:
        encoded = text.encode("utf-32-le")
    except UnicodeEncodeError:  # half a pair of surrogates, which no search in Rust takes
        text = _SURROGATE.sub("\ufffd", text)
        encoded = text.encode("utf-32-le")
    return _Lines(text, _fold(text), np.frombuffer(encoded, np.uint32), starts, starts + lengths)


def _fold(text: str) -> str:
    """Lower case at unchanged offsets; Turkish i's and apostrophes made one.

    >>> _fold("ÜYE GİRİŞİ – don’t")
    "üye girişi – don't"
    """
    return text.replace("İ", "i").lower().replace("ı", "i").replace("’", "'").replace("\xa0", " ")


@functools.cache
def _phrases() -> _Phrases:
    from ahocorasick_rs import AhoCorasick

    texts, reasons, starts, ends = [], [], [], []
    for reason, languages in _tables().items():
        if reason == "stop_words":
            continue
        for phrase in dict.fromkeys(phrase for phrases in languages.values() for phrase in phrases):
            texts.append(_fold(phrase.removeprefix("^").removesuffix("$")))
            reasons.append(reason)
            starts.append(phrase.startswith("^"))
            ends.append(phrase.endswith("$"))
    return _Phrases(AhoCorasick(texts), tuple(texts), tuple(reasons), tuple(starts), tuple(ends))


def phrase_lists() -> tuple[tuple[str, ...], ...]:
    """The phrases of each reason and language, without the marks that tie them."""
    return tuple(
        tuple(phrase.removeprefix("^").removesuffix("$") for phrase in phrases)
        for reason, languages in _tables().items()
        if reason != "stop_words"
        for phrases in languages.values()
    )


@functools.cache
def _stop_words() -> frozenset[str]:
    words = {word for line in _tables()["stop_words"].values() for word in line.split()}
    return frozenset(words | {word.capitalize() for word in words})


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    name = "boilerplate_phrases.toml"
    return tomllib.loads(resources.files("quality.features").joinpath(name).read_text(encoding="utf-8"))


def _said(lines: _Lines) -> tuple[_Said, ...]:
    """Every place where a phrase or pattern gives a reason, in order."""
    found = []
    phrases = _phrases()
    text = lines.folded
    for which, start, end in phrases.automaton.find_matches_as_indexes(text, overlapping=True):  # type: ignore[attr-defined]
        if (
            (start and _joins(text[start - 1], text[start]))
            or (end < len(text) and _joins(text[end - 1], text[end]))
            or (phrases.starts[which] and not _only_marks(text, text.rfind("\n", 0, start) + 1, start))
            or (phrases.ends[which] and not _only_marks(text, end, _line_end(text, end)))
        ):
            continue
        found.append(_Said(lines.at(start), phrases.reasons[which], start, end))
    for match in _INSET.finditer(lines.text):
        found.append(_Said(lines.at(match.start()), "related", *match.span()))
    for at, (start, end) in enumerate(zip(lines.starts.tolist(), lines.ends.tolist(), strict=True)):
        if lines.text.find("/", start, end) >= 0 or lines.text.find("©", start, end) >= 0:
            found.extend(_Said(at, "credit", *match.span()) for match in _CREDIT.finditer(lines.text, start, end))
        if end - start <= _SHORT:
            for reason, pattern in _WHOLE_LINES:
                whole = pattern.fullmatch(lines.text, start, end)
                if whole is not None:
                    found.append(_Said(at, reason, *whole.span()))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.reason)))


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _only_marks(text: str, start: int, end: int) -> bool:
    return not any(map(str.isalnum, text[start:end]))


def _joins(left: str, right: str) -> bool:
    """Whether no word ends between two characters; scripts without spaces have no such borders."""
    return left.isalnum() and right.isalnum() and not (_spaceless(left) or _spaceless(right))


def _spaceless(character: str) -> bool:
    code = ord(character)
    return 0x0E00 <= code <= 0x0EFF or 0x1000 <= code <= 0x109F or 0x1780 <= code <= 0x17FF or code >= 0x2E80


def _short(lines: _Lines) -> list[int]:
    return np.flatnonzero(lines.ends - lines.starts <= _SHORT).tolist()


def _major_language(paragraphs: Sequence[Paragraph]) -> str:
    """The language of most words."""
    words: Counter[str] = Counter()
    for paragraph in paragraphs:
        words[paragraph.language] += paragraph.word_count
    return max(sorted(words), key=words.__getitem__)


def _word_evidence(paragraphs: Sequence[Paragraph], weights: Mapping[str, float] | None) -> Matrix:
    """Mean and highest log-odds of the paragraph's words, shape (paragraphs, 2)."""
    evidence = np.full((len(paragraphs), 2), np.nan)
    if weights is not None:
        for at, paragraph in enumerate(paragraphs):
            values = tuple(map(weights.get, map(str.lower, paragraph.tokens), repeat(0.0)))
            if values:
                evidence[at] = sum(values) / len(values), max(values)
    return evidence


def _word_weights(models: Models) -> dict[str, float] | None:
    def read(models: Models) -> dict[str, float] | None:
        head = models.head(KIND, WORDS_LEVEL, "any")
        return None if head is None else dict(zip(head.features, head.coefficients.tolist(), strict=True))

    return models.load("boilerplate words", read)


def _own(
    lines: _Lines, paragraphs: Sequence[Paragraph], said: Sequence[_Said], evidence: Matrix, major: str
) -> dict[str, Matrix]:
    """What each paragraph says and looks like by itself."""
    count = len(paragraphs)
    lengths = (lines.ends - lines.starts).astype(np.float64)
    classes = _classes()[np.minimum(lines.codes, 0xFFFF)]

    def counted(mask: NDArray[np.bool_]) -> Matrix:
        return np.add.reduceat(mask, lines.starts, dtype=np.int64).astype(np.float64)

    letter = (classes & _LETTER) > 0
    upper = (classes & _UPPER) > 0
    first = letter.copy()
    first[1:] &= ~letter[:-1]
    letters = counted(letter)
    words = counted(first)
    marks = counted((classes & _MARK) > 0)
    covered = np.zeros(len(lines.text), np.bool_)
    shares = {f"{reason}_share": np.zeros(count) for reason in _SAID}
    hits, inset, at_edge = np.zeros(count), np.zeros(count), np.zeros(count)
    for one in said:
        covered[one.start : one.end] = True
        shares[f"{one.reason}_share"][one.paragraph] += one.end - one.start
        hits[one.paragraph] += 1
        if one.reason == "credit":
            near = one.start - lines.starts[one.paragraph] <= _EDGE or lines.ends[one.paragraph] - one.end <= _EDGE
            at_edge[one.paragraph] = max(at_edge[one.paragraph], float(near))
        elif one.reason == "related" and lines.text[one.start] == "(":
            inset[one.paragraph] = 1.0
    dated = np.zeros(count)
    address = np.zeros(count)
    digits = counted((classes & _DIGIT) > 0)
    for at in _short(lines):
        start, end = int(lines.starts[at]), int(lines.ends[at])
        for match in _DATE.finditer(lines.text, start, end) if digits[at] else ():
            dated[at] += match.end() - match.start()
        address[at] = _ADDRESS.search(lines.text, start, end) is not None
    stop_words = _stop_words()
    bounds = zip(lines.starts.tolist(), lines.ends.tolist(), strict=True)
    keys = [lines.folded[start : min(end, start + _SHORT)] for start, end in bounds]
    occurrences = Counter(keys)
    lasts = [paragraph.text.rstrip(_CLOSERS)[-1:] for paragraph in paragraphs]
    some = np.maximum(words, 1.0)
    return {
        "log_characters": np.log1p(lengths),
        "log_words": np.log1p(words),
        "word_length": letters / some,
        "capital_share": counted(upper) / np.maximum(letters, 1.0),
        "title_share": counted(upper & first) / some,
        "digit_share": digits / lengths,
        "mark_share": marks / lengths,
        "separators": counted((classes & _SEPARATOR) > 0) / some,
        "sentence_ends": counted((classes & _STOP) > 0) / some,
        "commas": counted((classes & _COMMA) > 0) / some,
        "stop_share": np.array([sum(map(stop_words.__contains__, one.tokens)) for one in paragraphs]) / some,
        "ends_sentence": np.array([last in _SENTENCE_ENDS and last != "" for last in lasts], np.float64),
        "ends_colon": np.array([last in (":", "：") for last in lasts], np.float64),
        "ends_ellipsis": np.array([one.text.endswith(("...", "…", "[…]", "[...]")) for one in paragraphs], np.float64),
        "starts_lower": np.array([one.text[0].islower() for one in paragraphs], np.float64),
        "starts_bullet": np.array(
            [not one.text[0].isalnum() and one.text[0] not in _OPENERS for one in paragraphs], float
        ),
        "address": address,
        "date_share": np.minimum(dated / lengths, 1.0),
        "phrase_coverage": counted(covered) / lengths,
        "phrase_hits": np.log1p(hits),
        **{name: np.minimum(share / lengths, 1.0) for name, share in shares.items()},
        **{name.replace("_share", "_said"): (share > 0).astype(np.float64) for name, share in shares.items()},
        "inset": inset,
        "credit_at_edge": at_edge,
        "word_evidence": evidence[:, 0],
        "word_evidence_top": evidence[:, 1],
        "repeats": np.log1p(np.array([occurrences[key] - 1 for key in keys], np.float64)),
        "title_repeated": _title_repeated(keys),
        "foreign": np.array([one.language not in (major, UNKNOWN) for one in paragraphs], np.float64),
    }


def _title_repeated(keys: Sequence[str]) -> Matrix:
    """1.0 where a line says again, or begins to say, one of the first two lines or the next two (at least 3 words)."""
    repeated = np.zeros(len(keys))
    beginnings = [key[:_BEGINNING] for key in keys]
    known = Counter(beginnings)
    for at, key in enumerate(keys):
        if known[beginnings[at]] == 1 or key.count(" ") < 2:
            continue
        stem = key.rstrip(" .…")
        around = [*keys[at + 1 : at + 4], *keys[: min(2, at)]]
        if any(other.startswith(stem) or (other.count(" ") >= 2 and key.startswith(other)) for other in around):
            repeated[at] = 1.0
    return repeated


@functools.cache
def _classes() -> NDArray[np.uint8]:
    """What each character of the first plane is, as bits; those beyond count as U+FFFF, nothing."""
    table = np.zeros(0x10000, np.uint8)
    for code in range(0x10000):
        character = chr(code)
        category = unicodedata.category(character)
        bits = 0
        if category[0] in "LM":
            bits |= _LETTER | (_UPPER if category in ("Lu", "Lt") else 0)
        elif category[0] == "N":
            bits |= _DIGIT
        elif category[0] in "PS":
            bits |= _MARK
        if character in _SEPARATORS:
            bits |= _SEPARATOR
        if character in _SENTENCE_ENDS:
            bits |= _STOP
        if character in _COMMAS:
            bits |= _COMMA
        table[code] = bits
    return table


def _place(columns: dict[str, Matrix]) -> dict[str, Matrix]:
    """Where each paragraph stands, counted in paragraphs and in prose (long paragraphs that end as sentences do)."""
    words = np.expm1(columns["log_words"])
    count = len(words)
    index = np.arange(count, dtype=np.float64)
    prose = np.minimum(words / 25.0, 1.0) * columns["ends_sentence"] * np.minimum(columns["stop_share"] / 0.25, 1.0)
    weight = prose * words
    before = np.cumsum(weight) - weight
    solid = np.flatnonzero(prose >= 0.6)
    down = np.full(count, 99.0)
    up = np.full(count, 99.0)
    if len(solid):
        after = np.searchsorted(solid, np.arange(count), "right")
        at_or_before = np.searchsorted(solid, np.arange(count), "left")
        has = after < len(solid)
        down[has] = solid[after[has]] - index[has]
        has = at_or_before > 0
        up[has] = index[has] - solid[at_or_before[has] - 1]
    return {
        "prose": prose,
        "from_top": np.log1p(index),
        "from_end": np.log1p(index[::-1]),
        "relative": (index + 0.5) / count,
        "log_paragraphs": np.full(count, np.log1p(count)),
        "prose_before": np.log1p(before),
        "prose_after": np.log1p(weight.sum() - before - weight),
        "distance_up": np.log1p(np.minimum(up, 99.0)),
        "distance_down": np.log1p(np.minimum(down, 99.0)),
    }


def _around(columns: dict[str, Matrix]) -> dict[str, Matrix]:
    """Values of the neighbours (0 beyond the document's ends), means about a paragraph, and the document's."""
    around: dict[str, Matrix] = {}
    words = np.expm1(columns["log_words"])
    for name in _CONTEXT:
        values = np.nan_to_num(columns[name])
        count = len(values)
        padded = np.concatenate([[0.0, 0.0], values, [0.0, 0.0]])
        for shift, side in enumerate(("before_2", "before_1", "", "after_1", "after_2")):
            if side:
                around[f"{name}_{side}"] = padded[shift : shift + count]
        sums = np.concatenate([[0.0], np.cumsum(values)])
        index = np.arange(count)
        for reach in _REACHES:
            low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, count)
            around[f"{name}_within_{reach}"] = (sums[high] - sums[low] - values) / np.maximum(high - low - 1, 1)
        around[f"{name}_document"] = np.full(count, (values * words).sum() / max(words.sum(), 1.0))
    return around


def _furniture(matrix: Matrix, models: Models) -> list[int]:
    """The paragraphs that the trained head calls furniture."""
    head = models.head(KIND, "paragraph", "any")
    if head is None:
        return []
    at = [NAMES.index(name) for name in head.features]
    return np.flatnonzero(head.probability(matrix[:, at]) >= head.threshold).tolist()


def _reasons(paragraph: Paragraph, said: Sequence[_Said], start: int, repeated: bool) -> list[Span]:
    """Why a paragraph is furniture: each reason at its first place, else its shape and place."""
    spans: dict[str, Span] = {}
    shift = paragraph.start - start
    for one in said:
        if one.reason not in spans:
            weight = _WEIGHTS[one.reason]
            spans[one.reason] = Span(REASONS[one.reason], one.start + shift, one.end + shift, weight)
    if repeated:
        spans["repeated"] = Span(REASONS["repeated"], paragraph.start, paragraph.end, _WEIGHTS["repeated"])
    if not spans:
        spans["shape"] = Span("B320", paragraph.start, paragraph.end, _WEIGHTS["shape"])
    return list(spans.values())
