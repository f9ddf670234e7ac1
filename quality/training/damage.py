"""Seeded damage that page translation adds to machine-translated text, on top of its wording.

Translation-task output has clean typography; the pages that people collect do not: links are translated
apart from their sentences, quotation marks doubled, brackets emptied, words glued. `web_damage` puts
that into real machine translation (never into human text), so that the classifier learns how the two
go together. Rates are drawn anew for each text, so that none of them is a constant to be learned.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

__all__ = ["web_damage"]

_Edit = Callable[[str, random.Random], str]
_SPACE = re.compile(r"(?<=[^\W\d_]) (?=[^\W\d_])")
_LOWER_AFTER_SPACE = re.compile(r"(?<=[^\W\d_]) ([^\W\d_])(?=[^\W\d_]{1,7} )")
_STOP = re.compile(r"(?<=[^\W\d_])[.,](?=\s|$)")
_NOUN = re.compile(r"(?<=[a-zäöüß] )[A-ZÄÖÜ][a-zäöüß]{3,}\b")


def _pick(pattern: re.Pattern[str], text: str, chance: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return chance.choice(found) if found else None


def _glue(text: str, chance: random.Random) -> str:
    """Two words lose the space between them at the edge of a link; often the second starts over."""
    match = _pick(_SPACE, text, chance)
    if match is None:
        return text
    after = text[match.end() :]
    return text[: match.start()] + (after[0].upper() + after[1:] if chance.random() < 0.7 else after)


def _start_over(text: str, chance: random.Random) -> str:
    """The sentence starts again, with a capital, after a link that was translated alone."""
    match = _pick(_LOWER_AFTER_SPACE, text, chance)
    return text if match is None else text[: match.start(1)] + match[1].upper() + text[match.end(1) :]


def _double_quote(text: str, chance: random.Random) -> str:
    """A closing quotation mark is written twice, with a space."""
    match = _pick(re.compile(r"[“”](?=[\s,.])"), text, chance)
    if match:
        return f"{text[: match.end()]} {match.group()}{text[match.end() :]}"
    match = _pick(re.compile(r'"[^"]{10,200}[.,]?"'), text, chance)
    if match is None:
        return text
    mark = chance.choice("“”")
    return f"{text[: match.start()]}„{match.group()[1:-1]}{mark} {mark}{text[match.end() :]}"


def _space_mark(text: str, chance: random.Random) -> str:
    """A full stop or comma moves away from its word."""
    match = _pick(_STOP, text, chance)
    return text if match is None else f"{text[: match.start()]} {text[match.start() :]}"


def _double_mark(text: str, chance: random.Random) -> str:
    match = _pick(re.compile(r"(?<=\w)[,.](?= )"), text, chance)
    return text if match is None else text[: match.end()] + match.group() + text[match.end() :]


def _empty_bracket(text: str, chance: random.Random) -> str:
    """Brackets whose content, an abbreviation or a link, was lost."""
    match = _pick(re.compile(r"\([^()]{1,60}\)"), text, chance) or _pick(re.compile(r"(?<=\w)(?= )"), text, chance)
    if match is None:
        return text
    return text[: match.start()] + ("()" if match.group() else " ()") + text[match.end() :]


def _split_clitic(text: str, chance: random.Random) -> str:
    match = _pick(re.compile(r"(?<=\w)['’](?=s\b)"), text, chance)
    return text if match is None else f"{text[: match.start()]} {match.group()} {text[match.end() :]}"


def _lower_nouns(text: str, chance: random.Random) -> str:
    """Nouns lose their capital: where an engine does so, it does so often."""
    share = chance.choice((0.1, 0.3, 0.6))
    return _NOUN.sub(lambda match: match.group().lower() if chance.random() < share else match.group(), text)


_EDITS: tuple[_Edit, ...] = (
    _glue,
    _start_over,
    _start_over,
    _double_quote,
    _space_mark,
    _double_mark,
    _empty_bracket,
    _split_clitic,
    _lower_nouns,
)


#: Words for one edit, drawn evenly on a logarithmic scale: from a page of links to one that has a few.
_WORDS_PER_EDIT = (30.0, 400.0)


def web_damage(text: str, chance: random.Random) -> str:
    """The text with some of its joins broken; one to four sorts of damage, as one page has them."""
    sorts = chance.sample(_EDITS, chance.randint(1, 4))
    paragraphs = text.split("\n")
    low, high = _WORDS_PER_EDIT
    per_words = low * (high / low) ** chance.random()
    edits = max(1, round(len(text.split()) / per_words))
    for _ in range(min(edits, 60)):
        at = chance.randrange(len(paragraphs))
        paragraphs[at] = chance.choice(sorts)(paragraphs[at], chance)
    return "\n".join(paragraphs)
