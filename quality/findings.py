"""The codes of findings: one small function each, whose docstring is what `quality explain CODE` shows.

A function takes the span and the words it covers and returns the message of one line. Codes go by
hundreds: M1xx machine translation, S2xx spinning, B3xx boilerplate, X4xx scripts and encoding,
L5xx language.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from quality.document import Finding
from quality.errors import UsageError
from quality.features import Span

__all__ = ["CODES", "explain_code", "finding", "select"]

Message = Callable[[Span, str], str]


# --- whole documents and paragraphs: `words` is "document" or "paragraph", `detail` the evidence -----


def m100(span: Span, words: str) -> str:
    """Reads as machine-translated.

    The calibrated probability (0..1, for an even prior) that the document or paragraph was machine-
    translated and reads as broken is at or over its threshold. The threshold was set where 0.1 % of clean
    documents (0.5 % of paragraphs) kept back from training are called damaged. The findings M101 and up are
    its evidence. Known false alarms: word-for-word human translation, beginners' writing, lists of headlines.
    """
    return f"{words} reads as machine-translated {span.detail}".rstrip()


def s200(span: Span, words: str) -> str:
    """Reads as spun.

    The calibrated probability (0..1, for an even prior) that words of the document or paragraph were
    replaced by an article spinner is at or over its threshold, which was set where 0.1 % of clean documents
    (0.5 % of paragraphs) kept back from training are called damaged. The findings S201 and up are its
    evidence. Known false alarms: beginners' writing with a thesaurus, old or ornate English.
    """
    return f"{words} reads as spun, word by word, from another text {span.detail}".rstrip()


def b300(span: Span, words: str) -> str:
    """Is boilerplate.

    The probability that the paragraph is furniture of the page it was scraped from (navigation, consent,
    comment form, credit …) and no part of the article is at or over its threshold. Reported, but no reason
    to call a document damaged. Known false alarms: captions and headings that are wanted.
    """
    return f"{words} is page furniture, not article {span.detail}".rstrip()


def x400(span: Span, words: str) -> str:
    """Has words of mixed scripts or broken encoding.

    The share (0..1) of words that mix scripts (Latin with Cyrillic letters that look alike) or hold
    characters from a wrong decoding is at or over its threshold. The findings X401 and up name each one.
    Known false alarms: mathematics, product names, texts about alphabets.
    """
    return f"{words} has too many words of mixed scripts or broken encoding {span.detail}".rstrip()


def l500(span: Span, words: str) -> str:
    """Is in another language than the document.

    The probability that the paragraph is in another language than the rest. Reported, but no reason to
    call a document damaged. Known false alarms: quotations, titles and names that were left as they are.
    """
    return f"{words} is in another language than the document {span.detail}".rstrip()


# --- places in the text ----------------------------------------------------------------------------


def m101(span: Span, words: str) -> str:
    """Wording of machine translation.

    The order of words, endings and function words at this place is far commoner in machine-translated
    text than in text that people wrote. Measured with n-grams of words and letters in which rare words
    are replaced by their shape, so that the subject of the text does not matter.
    Known false alarms: headlines, lists, very stiff human translation.
    """
    return f"reads like machine translation: “{words}”"


def s201(span: Span, words: str) -> str:
    """Spun phrase.

    A phrase of several words stands where people write another word ("area unit" for "are", "scholarly
    person" for "scholar"): a thesaurus lists it beside that word, often in another sense or part of speech.
    The language model finds the sentence far likelier with the original; the weight (nats) is the log-odds
    that the phrase was put there. Known false alarms: terms of a trade that the models have not read.
    """
    return f"“{words}” stands where “{span.suggestion}” is expected"


def s202(span: Span, words: str) -> str:
    """Expanded acronym or name.

    A short name was looked up like a word and its expansion or its class put in its place ("United
    Nations" in a person's name, "Asian country" for a country). The weight (nats) is the log-odds of that,
    from the language model's gain with the original. Known false alarms: names of the same kind in lists.
    """
    return f"“{words}” stands where the name “{span.suggestion}” is expected"


def s203(span: Span, words: str) -> str:
    """Substitution from a spinner's rule list.

    A common word or phrase that spinners put for a commoner one ("conjointly" for "also", "within the" for
    "in the") stands where only the other fits. Single ones prove little and are shown only among other
    evidence; the weight (nats) is the log-odds of the place alone. Known false alarms: stiff or foreign
    writers' English, which prefers some of the same words.
    """
    return f"“{words}” stands where “{span.suggestion}” is expected, as spinners put it"


def s204(span: Span, words: str) -> str:
    """Rare synonym in a place where it does not fit.

    A word that people seldom write stands in the company of its common synonym ("ne’er" for "never" in
    plain prose). The weight (nats) is the log-odds that a spinner put it, bounded by how much oftener
    spinners write it than people do. Known false alarms: dialect, verse, old books, jargon.
    """
    return f"rare “{words}” stands where “{span.suggestion}” is expected"


def s205(span: Span, words: str) -> str:
    """Choices that a spinner left in the text.

    Spinners' templates write alternatives as {one|another|a third}; left in a text, they show how it was
    made. Known false alarms: program code, templates, regular expressions.
    """
    return f"choices left by a spinner: “{words}”"


# --- table ----------------------------------------------------------------------------------------

CODES: dict[str, Message] = {
    "M100": m100,
    "S200": s200,
    "B300": b300,
    "X400": x400,
    "L500": l500,
    "M101": m101,
    "S201": s201,
    "S202": s202,
    "S203": s203,
    "S204": s204,
    "S205": s205,
}


def finding(span: Span, text: str) -> Finding:
    """The finding for a span of `text` (the whole document)."""
    words = text[span.start : span.end]
    return Finding(
        code=span.code,
        start=span.start,
        end=span.end,
        text=words,
        message=CODES[span.code](span, words),
        weight=max(0.0, span.weight),
        suggestion=span.suggestion,
        alternatives=span.alternatives,
    )


def explain_code(code: str) -> str:
    """The full explanation of a code: its title, then what it means and when it is wrong.

    Raises UsageError, with the known codes, when there is no such code.
    """
    try:
        function = CODES[code.upper()]
    except KeyError:
        raise UsageError(f"{code}: no such code; known are {', '.join(sorted(CODES))}") from None
    return f"{code.upper()}  {inspect.getdoc(function)}"


def select(findings: Iterable[Finding], prefixes: Iterable[str]) -> tuple[Finding, ...]:
    """The findings whose code starts with one of the prefixes ("S2" takes S201, S202 …)."""
    wanted = tuple(prefix.upper() for prefix in prefixes)
    return tuple(found for found in findings if found.code.startswith(wanted))
