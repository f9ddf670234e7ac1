"""Traces of translating a page: what engines leave in raw text, whatever the subject.

A trace is a mark on a word, which its neighbours may excuse, or a pattern in the raw text; a feature is how many
of it a paragraph has. All are language-neutral: what is a noun or a function word comes from the casing lexicon,
counted in clean text of the language (training/casing.py), and from the language model's vocabulary. The weights
of spans order findings and were chosen by hand; the classifier sees counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, Matrix, Span
from quality.segmentation import channel_positions

__all__ = ["NAMES", "Lexicon", "Trace", "counts", "find"]


@dataclass(frozen=True, slots=True)
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
    #: `function`, and the other words of `lower`, as they look with a capital.
    function_capitals: frozenset[str] = field(init=False)
    other_capitals: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        capital = frozenset(word[0].upper() + word[1:] for word in self.function)
        others = frozenset(word[0].upper() + word[1:] for word in self.lower) - capital
        object.__setattr__(self, "function_capitals", capital)
        object.__setattr__(self, "other_capitals", others)


_CAMEL = re.compile(r"([^\W\d_][^\W\d_A-ZÄÖÜ]{2,})([A-ZÄÖÜ][^\W\d_A-ZÄÖÜ]+)")
_DOUBLED_QUOTE = re.compile(r"([“”»«])[ \u00a0]+\1|([„“”])[ \u00a0]+[“”](?=[ \u00a0]?[,.])")
_DOUBLED_MARK = re.compile(r"(?<=[^\W\d_])[ ]?([,;])[ ]?\1(?=\s)|(?<=[^\W\d_]{3})\.[ ]\.(?=\s+[^\W\d_])")
_SPACED_MARK = re.compile(r"(?<=[^\W_])[ ][.,](?=\s|$)")
#: Not after a word: that is how people write of functions in code.
_EMPTY_BRACKETS = re.compile(r"(?<![\w\]>.])\([ ]?\)(?!\s*[{=;-])")
_SPLIT_CLITIC = re.compile(r"(?<=\w)[ ]['’`][ ]?(?:s|t|re|ve|ll)\b|(?<=\w)['’][ ]s\b")
_SENTENCE_MARKS = frozenset(".!?:;()")


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a paragraph of the batch; `kind` is its number in `NAMES`."""

    paragraph: int
    kind: int
    span: Span


def find(batch: Batch, lexicon: Lexicon) -> list[Trace]:
    """All traces, by paragraph, kind and place."""
    found = [*_marked_words(batch, lexicon), *_matches(batch.paragraphs)]
    found.sort(key=lambda trace: (trace.paragraph, trace.kind, trace.span.start))
    return found


def counts(found: Sequence[Trace], paragraphs: int) -> Matrix:
    """How many traces of each kind each paragraph has, shape (paragraphs, len(NAMES))."""
    counted = np.zeros((paragraphs, len(NAMES)))
    for trace in found:
        counted[trace.paragraph, trace.kind] += 1.0
    return counted


# --- traces that are words ---------------------------------------------------------------------------

#: What a word may be, one bit each; a mark after which a sentence may start is no trace, but excuses one.
_CAPITALISED, _OTHER_CAPITAL, _FUNCTION_CAPITAL, _LONG, _FOREIGN, _SENTENCE_MARK = (1 << bit for bit in range(6))


def _bits(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.uint8]:
    """What each of the words is, shape (words,)."""
    bits = np.zeros(len(words), np.uint8)
    sets = (
        (_CAPITALISED, lexicon.capitalised),
        (_OTHER_CAPITAL, lexicon.other_capitals),
        (_FUNCTION_CAPITAL, lexicon.function_capitals),
        (_FOREIGN, lexicon.foreign),
        (_SENTENCE_MARK, _SENTENCE_MARKS),
    )
    for bit, members in sets:
        bits[[at for at, word in enumerate(words) if word in members]] |= bit
    # Glued words are unknown, and rarely all in lower case: only such are looked at.
    long = [at for at, word in enumerate(words) if len(word) > 5 and not word.islower() and word not in lexicon.known]
    bits[long] |= _LONG
    return bits


def _marked_words(batch: Batch, lexicon: Lexicon) -> Iterator[Trace]:
    table = batch.channel
    bits = _bits(table.words, lexicon)[table.ids]
    # After a mark, and where a paragraph begins, a sentence starts, and a capital is right.
    opening = np.zeros(len(bits) + 1, np.bool_)
    opening[1:] = (bits & _SENTENCE_MARK) != 0
    opening[table.bounds] = True
    bits[opening[:-1]] &= ~np.uint8(_OTHER_CAPITAL | _FUNCTION_CAPITAL)
    places = np.flatnonzero(bits & ~np.uint8(_SENTENCE_MARK))
    row = -1
    positions: tuple[int, ...] = ()
    for place, paragraph_row, bit in zip(
        places.tolist(), table.rows[places].tolist(), bits[places].tolist(), strict=True
    ):
        paragraph = batch.paragraphs[paragraph_row]
        if paragraph_row != row:
            row, positions = paragraph_row, channel_positions(paragraph.tokens)
        at = place - int(table.bounds[row])
        token = positions[at]
        for kind, (code, weight, wanted, judge) in enumerate(_WORD_TRACES.values()):
            if bit & wanted:
                sure, suggestion = judge(paragraph, at, positions, lexicon)
                if sure:
                    span = Span(code, paragraph.starts[token], paragraph.ends[token], weight, suggestion)
                    yield Trace(row, kind, span)


#: Whether a marked word is a trace where it stands, and the suggestion. The word is `channel[at]` of the paragraph,
#: and its token number `positions[at]`.
_Judge = Callable[[Paragraph, int, tuple[int, ...], Lexicon], tuple[bool, str | None]]


def _lower_noun(paragraph: Paragraph, at: int, positions: tuple[int, ...], _: Lexicon) -> tuple[bool, str | None]:
    """M111: a word in lower case that clean text always capitalises."""
    word = paragraph.tokens[positions[at]]
    return True, word[0].upper() + word[1:]


def _wrong_capital(paragraph: Paragraph, at: int, positions: tuple[int, ...], _: Lexicon) -> tuple[bool, str | None]:
    """M112: a capital inside a sentence on a word that clean text writes small."""
    previous, channel = paragraph.tokens[positions[at] - 1], paragraph.channel
    # Part of a name, if the word before has a capital that no start of a sentence explains.
    named = at > 1 and previous[0].isupper() and channel[at - 2] not in _SENTENCE_MARKS
    return not named and _amid(paragraph, at, positions), paragraph.tokens[positions[at]].lower()


def _broken_join(paragraph: Paragraph, at: int, positions: tuple[int, ...], _: Lexicon) -> tuple[bool, str | None]:
    """M113: a sentence that starts over in the middle: a function word with a capital after no mark."""
    return paragraph.tokens[positions[at] - 1][0].isalpha() and _amid(paragraph, at, positions), None


def _amid(paragraph: Paragraph, at: int, positions: tuple[int, ...]) -> bool:
    """Whether a capital has no good reason in what stands around: no quotation mark or dash, no title or name."""
    return positions[at] == positions[at - 1] + 1 and not _in_title(paragraph.channel, at)


def _in_title(channel: tuple[str, ...], at: int) -> bool:
    around = channel[max(0, at - 3) : at] + channel[at + 1 : at + 3]
    words = [word for word in around if word[0].isalpha()]
    return bool(words) and sum(word[0].isupper() for word in words) >= 0.75 * len(words) and len(words) > 2


def _glued(paragraph: Paragraph, at: int, positions: tuple[int, ...], lexicon: Lexicon) -> tuple[bool, str | None]:
    """M114: two words run together, as happens at the edge of a link: both halves known, the whole not."""
    token = paragraph.tokens[positions[at]]
    halves = None
    if not token.istitle():
        halves = _camel_halves(token, lexicon)
    elif len(token) > 8:
        halves = _function_ending(token, lexicon)
    return halves is not None, " ".join(halves or ())


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


def _foreign_word(paragraph: Paragraph, at: int, positions: tuple[int, ...], _: Lexicon) -> tuple[bool, str | None]:
    """M115: a common English word left standing in text of another language."""
    return True, None


#: Code, weight, the mark of words that may be one, and the judge.
_WORD_TRACES: dict[str, tuple[str, float, int, _Judge]] = {
    "lower_nouns": ("M111", 1.5, _CAPITALISED, _lower_noun),
    "wrong_capitals": ("M112", 0.7, _OTHER_CAPITAL, _wrong_capital),
    "broken_joins": ("M113", 2.0, _FUNCTION_CAPITAL, _broken_join),
    "glued_words": ("M114", 2.5, _LONG, _glued),
    "foreign_words": ("M115", 1.0, _FOREIGN, _foreign_word),
}

# --- traces that are patterns ------------------------------------------------------------------------

#: Code, weight, the pattern, and strings of which each match has one: to look for them is many times faster than to
#: search, and nearly all paragraphs have none.
_PATTERNS: dict[str, tuple[str, float, re.Pattern[str], tuple[str, ...]]] = {
    "doubled_quotes": ("M116", 3.0, _DOUBLED_QUOTE, ("“", "”", "»", "«")),
    "doubled_marks": ("M117", 1.5, _DOUBLED_MARK, (",,", ";;", ". .", ", ,", "; ;")),
    "spaced_marks": ("M118", 1.5, _SPACED_MARK, (" .", " ,")),
    "emptied_brackets": ("M119", 2.0, _EMPTY_BRACKETS, ("()", "( )")),
    "split_clitics": ("M120", 2.0, _SPLIT_CLITIC, (" '", " ’", "' ", "’ ", " `")),
}
NAMES = (*_WORD_TRACES, *_PATTERNS)


def _matches(paragraphs: Sequence[Paragraph]) -> Iterator[Trace]:
    text = "\n".join([paragraph.text for paragraph in paragraphs])
    starts = np.cumsum([0, *(len(paragraph.text) + 1 for paragraph in paragraphs)])
    for kind, (code, weight, pattern, hints) in enumerate(_PATTERNS.values(), len(_WORD_TRACES)):
        for row in _rows_with(hints, text, starts):
            start, own = paragraphs[row].start, paragraphs[row].text
            for match in pattern.finditer(own):
                yield Trace(row, kind, Span(code, start + match.start(), start + match.end(), weight))


def _rows_with(hints: Sequence[str], text: str, starts: NDArray[np.int64]) -> list[int]:
    """The paragraphs of the joined text that have one of the strings."""
    rows = set()
    for hint in hints:
        at = text.find(hint)
        while at >= 0:
            row = int(np.searchsorted(starts, at, side="right")) - 1
            rows.add(row)
            at = text.find(hint, int(starts[row + 1]))
    return sorted(rows)
