"""Traces of translating a page: what engines leave in raw text, whatever the subject.

A trace is a mark on a word, which its neighbours may excuse, or a pattern in the raw text; a feature is how many
of it a paragraph has. All are language-neutral: what is a noun or a function word comes from the casing lexicon,
counted in clean text of the language (training/casing.py), and from the language model's vocabulary. The weights
of spans order findings and were chosen by hand; the classifier sees counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix, Span
from quality.features.batch import begins_with_capital, begins_with_letter
from quality.features.encoding import code_points
from quality.token_arrays import distinct

__all__ = ["NAMES", "Lexicon", "Traces", "Usual", "counts", "find", "spans", "without_rebuilt"]

#: No count is more surprising than this: beyond, the tail of the distribution is a guess.
_MOST_SURPRISE = 6.0


@dataclass(frozen=True, eq=False, slots=True)
class Lexicon:
    """What the traces know of a language.

    `capitalised`: words (lower case) that clean text writes with a capital wherever they stand;
    `lower`: words that it writes small unless a sentence starts; `function`: the commonest of these;
    `foreign`: common words of English that the language does not use; `known`: the model's vocabulary.
    """

    capitalised: frozenset[str]
    lower: frozenset[str]
    function: frozenset[str]
    foreign: frozenset[str]
    known: Container[str]
    #: What each of these words is (`_CAPITALISED` and so on), also `function` and the others of `lower` with a capital.
    bits: dict[str, int] = field(init=False)
    #: The last three letters of function words.
    function_ends: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        function = frozenset(word[0].upper() + word[1:] for word in self.function)
        others = frozenset(word[0].upper() + word[1:] for word in self.lower) - function
        bits: dict[str, int] = {}
        for bit, words in (
            (_CAPITALISED, self.capitalised),
            (_OTHER_CAPITAL, others),
            (_FUNCTION_CAPITAL, function),
            (_FOREIGN, self.foreign),
            (_SENTENCE_MARK, _SENTENCE_MARKS),
        ):
            for word in words:
                bits[word] = bits.get(word, 0) | bit
        object.__setattr__(self, "bits", bits)
        object.__setattr__(self, "function_ends", frozenset(word[-3:] for word in self.function))

    def bits_of(self, words: list[str]) -> Iterator[int]:
        """What each word is by itself."""
        return map(self.bits.get, words, repeat(0))


_CAMEL = re.compile(r"([^\W\d_][^\W\d_A-ZÄÖÜ]{2,})([A-ZÄÖÜ][^\W\d_A-ZÄÖÜ]+)")
_DOUBLED_QUOTE = re.compile(r"([“”»«])[ \u00a0]+\1|([„“”])[ \u00a0]+[“”](?=[ \u00a0]?[,.])")
_DOUBLED_MARK = re.compile(r"(?<=[^\W\d_])[ ]?([,;])[ ]?\1(?=\s)|(?<=[^\W\d_]{3})\.[ ]\.(?=\s+[^\W\d_])")
_SPACED_MARK = re.compile(r"(?<=[^\W_])[ ][.,](?=\s|$)")
#: Not after a word: that is how people write of functions in code.
_EMPTY_BRACKETS = re.compile(r"(?<![\w\]>.])\([ ]?\)(?!\s*[{=;-])")
_SPLIT_CLITIC = re.compile(r"(?<=\w)[ ]['’`][ ]?(?:s|t|re|ve|ll)\b|(?<=\w)['’][ ]s\b")
_SENTENCE_MARKS = frozenset(".!?:;()")
#: What a word of the channel is, one bit each.
_CAPITALISED, _OTHER_CAPITAL, _FUNCTION_CAPITAL, _FOREIGN, _SENTENCE_MARK = (1 << bit for bit in range(5))


@dataclass(frozen=True, eq=False, slots=True)
class Traces:
    """All traces of one kind: the paragraph of each, in order, and what makes its span."""

    rows: NDArray[np.intp]
    span: Callable[[int], Span]

    def only(self, chosen: NDArray[np.bool_]) -> Traces:
        """Some of them; `chosen` has shape (traces,)."""
        places = np.flatnonzero(chosen)
        return Traces(self.rows[chosen], lambda number: self.span(int(places[number])))


@dataclass(frozen=True, eq=False, slots=True)
class Usual:
    """How often people's prose has each trace: its rate a word, and the shape of the gamma by which texts differ in it.

    Both have shape (len(NAMES),). A small shape: few texts have the trace, and those have it often.
    """

    rates: Matrix
    shapes: Matrix

    def surprise(self, counts: Matrix, words: Matrix) -> Matrix:
        """−log₁₀ of the chance that a text of people's has so many traces or more, 0..6.

        `counts` has shape (texts, len(NAMES)), `words` (texts,). The counts of a kind follow a negative binomial.
        A rate would make one slip in fifty words as bad as twenty in a thousand.
        """
        result = np.zeros(counts.shape)
        for column, (rate, shape) in enumerate(zip(self.rates.tolist(), self.shapes.tolist(), strict=True)):
            rows = np.flatnonzero(counts[:, column])
            found, mean = counts[rows, column], rate * words[rows]
            ratio = mean / (shape + mean)
            chance, fewer = (1.0 - ratio) ** shape, np.zeros(len(rows))
            for count in range(int(found.max(initial=0.0))):
                if not ((count < found) & (fewer < 1.0 - 10.0**-_MOST_SURPRISE)).any():
                    break  # the rest would be cut off: a long text may have very many
                fewer += np.where(count < found, chance, 0.0)
                chance = chance * ratio * (shape + count) / (count + 1)
            result[rows, column] = -np.log10(np.clip(1.0 - fewer, 10.0**-_MOST_SURPRISE, 1.0))
        return result


def find(batch: Batch, lexicon: Lexicon) -> dict[str, Traces]:
    """The traces of every kind, by its name in `NAMES`."""
    return _words(batch, lexicon) | _matches(batch)


def without_rebuilt(found: Mapping[str, Traces], batch: Batch) -> dict[str, Traces]:
    """Spaces before marks are no trace in a document where most marks have one: it was rebuilt from tokens."""
    spaced = found["spaced_marks"]
    marks = batch.totals(batch.channel.totals(batch.channel.are(".,")))
    owners = batch.owners[spaced.rows]
    few = np.bincount(owners, minlength=len(batch)) < 0.4 * marks
    return {**found, "spaced_marks": spaced.only(few[owners])}


def counts(found: Mapping[str, Traces], paragraphs: int) -> Matrix:
    """How many traces of each kind each paragraph has, shape (paragraphs, len(NAMES))."""
    counted = [np.bincount(found[name].rows, minlength=paragraphs) for name in NAMES]
    return np.column_stack(counted).astype(np.float64)


def spans(found: Mapping[str, Traces], paragraphs: int) -> list[tuple[Span, ...]]:
    """The spans of each paragraph, by kind and place."""
    by_row: list[list[Span]] = [[] for _ in range(paragraphs)]
    for name in NAMES:
        for number, row in enumerate(found[name].rows.tolist()):
            by_row[row].append(found[name].span(number))
    return list(map(tuple, by_row))


# --- traces that are words ---------------------------------------------------------------------------


def _words(batch: Batch, lexicon: Lexicon) -> dict[str, Traces]:
    bits = batch.channel.ask_all(lexicon, lexicon.bits_of, np.uint8)
    tokens = batch.channel_tokens

    def traces(name: str, places: NDArray[np.intp]) -> Traces:
        code, weight, suggest = _WORDS[name]

        def span(number: int) -> Span:
            paragraph, token = batch.paragraphs[rows[number]], int(places[number] - batch.tokens.bounds[rows[number]])
            suggestion = suggest(paragraph.tokens[token], lexicon)
            return Span(code, paragraph.starts[token], paragraph.ends[token], weight, suggestion)

        rows = batch.tokens.rows[places]
        return Traces(rows, span)

    capitals = _Capitals(batch, bits)
    # By the token: typography is no part of a known word.
    glued = batch.tokens.ask((lexicon, "glued"), lambda token: _halves(token, lexicon) is not None, np.bool_)
    return {
        "lower_nouns": traces("lower_nouns", tokens[(bits & _CAPITALISED) != 0]),
        "wrong_capitals": traces("wrong_capitals", tokens[capitals.wrong()]),
        "broken_joins": traces("broken_joins", tokens[capitals.broken()]),
        "glued_words": traces("glued_words", np.flatnonzero(glued)),
        "foreign_words": traces("foreign_words", tokens[(bits & _FOREIGN) != 0]),
    }


class _Capitals:
    """Tells the capitals in the channel that nothing around them explains."""

    def __init__(self, batch: Batch, bits: NDArray[np.uint8]) -> None:
        table = batch.channel
        self._bits = bits
        self._letters, self._upper = begins_with_letter(table), begins_with_capital(table)
        self._marks = (bits & _SENTENCE_MARK) != 0
        self._first, self._end = table.bounds[table.rows], table.bounds[table.rows + 1]
        # A word in its paragraph, right after another: no quotation mark or dash stands between.
        self._amid = np.zeros(len(bits), np.bool_)
        self._amid[1:] = (np.diff(batch.channel_tokens) == 1) & ~self._marks[:-1]
        self._amid[table.bounds[:-1][table.lengths > 0]] = False

    def broken(self) -> NDArray[np.intp]:
        """M113: a sentence that starts over in the middle: a function word with a capital after no mark."""
        places = np.flatnonzero((self._bits & _FUNCTION_CAPITAL != 0) & self._amid)
        return self._untitled(places[self._letters[places - 1]])

    def wrong(self) -> NDArray[np.intp]:
        """M112: a capital inside a sentence on a word that clean text writes small."""
        places = np.flatnonzero((self._bits & _OTHER_CAPITAL != 0) & self._amid)
        # After a capital that no start of a sentence explains, it is part of a name.
        named = (places - self._first[places] > 1) & self._upper[places - 1] & ~self._marks[places - 2]
        return self._untitled(places[~named])

    def _untitled(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the places around which few words have capitals; else it is a title or name, no slip."""
        words, upper = np.zeros((2, len(places)), np.int64)
        for step in (-3, -2, -1, 1, 2):
            beside = places + step
            inside = (beside >= self._first[places]) & (beside < self._end[places])
            beside[~inside] = 0
            words += inside & self._letters[beside]
            upper += inside & self._letters[beside] & self._upper[beside]
        slips: NDArray[np.intp] = places[(words <= 2) | (upper < 0.75 * words)]
        return slips


def _halves(token: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """M114: two words run together, as happens at the edge of a link: both halves known, the whole not."""
    if len(token) <= 5 or token.islower():
        return None
    halves = _function_ending(token, lexicon) if token.istitle() else _camel_halves(token, lexicon)
    return None if halves is None or token in lexicon.known else halves


def _camel_halves(token: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """“HafenEr” → Hafen, Er: a known word, then one that is written small unless it starts a sentence."""
    match = _CAMEL.fullmatch(token)
    if match is None:
        return None
    first, second = match.groups()
    known = first in lexicon.known or first.lower() in lexicon.known
    return (first, second) if known and second.lower() in lexicon.lower else None


def _function_ending(token: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """“Novemberals” → November, als: a known word with a function word stuck to it."""
    if len(token) <= 8 or token[-3:] not in lexicon.function_ends:
        return None
    for length in range(3, 7):
        head, tail = token[:-length], token[-length:]
        if tail in lexicon.function and tail not in _ENDINGS and len(head) > 4 and head in lexicon.known:
            return head, tail
    return None


#: Function words that are also ordinary endings of compounds and derived words.
_ENDINGS = frozenset(
    (
        *("all", "and", "den", "der", "des", "die", "ein", "eine", "einen", "einer", "her", "hin", "ich", "ihr", "ist"),
        *("less", "like", "made", "man", "one", "out", "over", "side", "time", "uns", "way", "where", "work"),
    )
)


def _capitalised(token: str, _: Lexicon) -> str | None:
    return token[0].upper() + token[1:]


def _lowered(token: str, _: Lexicon) -> str | None:
    return token.lower()


def _split(token: str, lexicon: Lexicon) -> str | None:
    return " ".join(_halves(token, lexicon) or ())


def _no_suggestion(token: str, lexicon: Lexicon) -> str | None:
    return None


#: Code, weight, and what to suggest for a token.
_WORDS: dict[str, tuple[str, float, Callable[[str, Lexicon], str | None]]] = {
    "lower_nouns": ("M111", 1.5, _capitalised),
    "wrong_capitals": ("M112", 0.7, _lowered),
    "broken_joins": ("M113", 2.0, _no_suggestion),
    "glued_words": ("M114", 2.5, _split),
    "foreign_words": ("M115", 1.0, _no_suggestion),
}

# --- traces that are patterns ------------------------------------------------------------------------

#: Code, weight, the pattern, and strings of which each match has one: to look for their characters is many times faster
#: than to search, and nearly all paragraphs have none.
_PATTERNS: dict[str, tuple[str, float, re.Pattern[str], tuple[str, ...]]] = {
    "doubled_quotes": ("M116", 3.0, _DOUBLED_QUOTE, ("“", "”", "»", "«")),
    "doubled_marks": ("M117", 1.5, _DOUBLED_MARK, (",,", ";;", ". .", ", ,", "; ;")),
    "spaced_marks": ("M118", 1.5, _SPACED_MARK, (" .", " ,")),
    "emptied_brackets": ("M119", 2.0, _EMPTY_BRACKETS, ("()", "( )")),
    "split_clitics": ("M120", 2.0, _SPLIT_CLITIC, (" '", " ’", "' ", "’ ", " `")),
}
NAMES = (*_WORDS, *_PATTERNS)
#: The characters of those strings.
_HINTS = sorted({character for *_, hints in _PATTERNS.values() for hint in hints for character in hint})


def _matches(batch: Batch) -> dict[str, Traces]:
    paragraphs = batch.paragraphs
    texts = [paragraph.text for paragraph in paragraphs]
    codes = code_points("\n".join(texts))
    starts = np.cumsum([0, *map(len, texts)]) + np.arange(len(texts) + 1)
    has = {character: codes == ord(character) for character in _HINTS}
    found = {}
    for name, (code, weight, pattern, hints) in _PATTERNS.items():
        places = [
            (row, match.start(), match.end())
            for row in _rows_with(hints, has, starts)
            for match in pattern.finditer(texts[row])
        ]

        def span(
            number: int, code: str = code, weight: float = weight, places: list[tuple[int, int, int]] = places
        ) -> Span:
            row, start, end = places[number]
            return Span(code, paragraphs[row].start + start, paragraphs[row].start + end, weight)

        found[name] = Traces(np.array([row for row, _, _ in places], np.intp), span)
    return found


def _rows_with(hints: Sequence[str], has: Mapping[str, NDArray[np.bool_]], starts: NDArray[np.intp]) -> list[int]:
    """The paragraphs of the joined text that have one of the strings, by where it has each character."""
    found = np.zeros_like(has[_HINTS[0]])
    for hint in hints:
        here = has[hint[0]].copy()
        for distance, character in enumerate(hint[1:], 1):
            here[:-distance] &= has[character][distance:]
            here[-distance:] = False
        found |= here
    rows: list[int] = distinct(np.searchsorted(starts, np.flatnonzero(found), "right") - 1).tolist()
    return rows
