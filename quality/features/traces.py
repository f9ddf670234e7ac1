"""Traces of translating a page: what engines leave in raw text, whatever the subject.

Each trace is a small function over one paragraph that yields spans; a feature is how many it yields.
All are language-neutral: what is a noun or a function word comes from the casing lexicon, counted in
clean text of the language (training/casing.py), and from the language model's vocabulary. The weights of
spans order findings and were chosen by hand; the classifier sees counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from quality.document import Paragraph
from quality.features import Span
from quality.segmentation import channel_positions

__all__ = ["NAMES", "Lexicon", "trace_counts", "trace_spans"]


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


def _tokens_among(paragraph: Paragraph, wanted: frozenset[str]) -> Iterator[int]:
    """Numbers of the tokens whose form in the channel is one of the wanted words."""
    hits = [at for at, word in enumerate(paragraph.channel) if word in wanted]
    if hits:
        positions = channel_positions(paragraph.tokens)
        yield from (positions[at] for at in hits)


def _lower_noun(paragraph: Paragraph, lexicon: Lexicon) -> Iterator[Span]:
    """M111: a word in lower case that clean text always capitalises."""
    for token in _tokens_among(paragraph, lexicon.capitalised):
        word = paragraph.tokens[token]
        yield Span("M111", paragraph.starts[token], paragraph.ends[token], 1.5, word[0].upper() + word[1:])


def _wrong_capital(paragraph: Paragraph, lexicon: Lexicon) -> Iterator[Span]:
    """M112: a capital inside a sentence on a word that clean text writes small."""
    yield from _capitals(paragraph, lexicon, function=False)


def _broken_join(paragraph: Paragraph, lexicon: Lexicon) -> Iterator[Span]:
    """M113: a sentence that starts over in the middle: a function word with a capital after no mark."""
    yield from _capitals(paragraph, lexicon, function=True)


def _capitals(paragraph: Paragraph, lexicon: Lexicon, *, function: bool) -> Iterator[Span]:
    channel = paragraph.channel
    wanted = lexicon.function_capitals if function else lexicon.other_capitals
    hits = [at for at, word in enumerate(channel) if word in wanted]
    # After a mark a new sentence starts; a run of capitals is a title or a name, not a slip.
    hits = [at for at in hits if at and channel[at - 1] not in _SENTENCE_MARKS and not _in_title(channel, at)]
    if not hits:
        return
    positions = channel_positions(paragraph.tokens)
    for at in hits:
        token = positions[at]
        previous = paragraph.tokens[token - 1]
        if token != positions[at - 1] + 1 or (function and not previous[0].isalpha()):
            continue  # a quotation mark or dash stands between: a new start is right there
        if not function and at > 1 and previous[0].isupper() and channel[at - 2] not in _SENTENCE_MARKS:
            continue  # part of a name
        word = paragraph.tokens[token]
        suggestion = None if function else word.lower()
        code = "M113" if function else "M112"
        yield Span(code, paragraph.starts[token], paragraph.ends[token], 2.0 if function else 0.7, suggestion)


def _in_title(channel: tuple[str, ...], at: int) -> bool:
    around = channel[max(0, at - 3) : at] + channel[at + 1 : at + 3]
    words = [word for word in around if word[0].isalpha()]
    return bool(words) and sum(word[0].isupper() for word in words) >= 0.75 * len(words) and len(words) > 2


def _glued(paragraph: Paragraph, lexicon: Lexicon) -> Iterator[Span]:
    """M114: two words run together, as happens at the edge of a link: both halves known, the whole not."""
    for at, token in enumerate(paragraph.tokens):
        if len(token) <= 5 or token.islower() or token in lexicon.known:
            continue
        halves = None
        if not token.istitle():
            halves = _camel_halves(token, lexicon)
        elif len(token) > 8:
            halves = _function_ending(token, lexicon)
        if halves:
            yield Span("M114", paragraph.starts[at], paragraph.ends[at], 2.5, " ".join(halves))


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


def _foreign_word(paragraph: Paragraph, lexicon: Lexicon) -> Iterator[Span]:
    """M115: a common English word left standing in text of another language."""
    for token in _tokens_among(paragraph, lexicon.foreign):
        yield Span("M115", paragraph.starts[token], paragraph.ends[token], 1.0)


def _pattern(
    code: str, pattern: re.Pattern[str], weight: float, hint: str
) -> Callable[[Paragraph, Lexicon], Iterator[Span]]:
    def trace(paragraph: Paragraph, _: Lexicon) -> Iterator[Span]:
        # `in` is many times faster than a search, and nearly all paragraphs have none of these.
        if any(part in paragraph.text for part in hint.split("|")):
            for match in pattern.finditer(paragraph.text):
                yield Span(code, paragraph.start + match.start(), paragraph.start + match.end(), weight)

    return trace


_TRACES: dict[str, Callable[[Paragraph, Lexicon], Iterator[Span]]] = {
    "lower_nouns": _lower_noun,
    "wrong_capitals": _wrong_capital,
    "broken_joins": _broken_join,
    "glued_words": _glued,
    "foreign_words": _foreign_word,
    "doubled_quotes": _pattern("M116", _DOUBLED_QUOTE, 3.0, "“|”|»|«"),
    "doubled_marks": _pattern("M117", _DOUBLED_MARK, 1.5, ",,|;;|. .|, ,|; ;"),
    "spaced_marks": _pattern("M118", _SPACED_MARK, 1.5, " .| ,"),
    "emptied_brackets": _pattern("M119", _EMPTY_BRACKETS, 2.0, "()|( )"),
    "split_clitics": _pattern("M120", _SPLIT_CLITIC, 2.0, " '| ’|' |’ | `"),
}
NAMES = tuple(_TRACES)


def trace_spans(paragraph: Paragraph, lexicon: Lexicon) -> tuple[tuple[Span, ...], ...]:
    """The spans of each trace in a paragraph, in the order of `NAMES`."""
    return tuple(tuple(trace(paragraph, lexicon)) for trace in _TRACES.values())


def trace_counts(spans: tuple[tuple[Span, ...], ...]) -> list[int]:
    """How many spans each trace found."""
    return [len(found) for found in spans]
