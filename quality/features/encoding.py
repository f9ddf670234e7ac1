"""Broken encoding: text decoded with the wrong character set, letters lost on the way, markup left behind.

Everything here works on plain text and gives spans; `quality.features.scripts.measure` calls it and counts
the words. A word counts as broken only where its letters are lost or wrong (mojibake, replacement characters,
entities, lost letters); ligatures, tags and hyphens at line ends are reported, but do not count.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from quality.features import Span
from quality.segmentation import ENTITY

__all__ = ["SHOWN", "Codes", "Trace", "code_points", "find_broken_encoding"]

#: What a finder gives: the span, and whether its word counts as broken.
Trace = tuple[Span, bool]
#: Code points of a text.
Codes = NDArray[np.uint32]

#: Longest span that is shown to a person, in characters.
SHOWN = 100
#: How far a word is followed from a broken character in it, so that a megabyte without a space costs nothing.
_REACH = 40
#: More than this share of words with soft hyphens, and they count as broken: search and models lose the words.
_MANY_SOFT_HYPHENS = 0.05
#: What `ftfy.badness` looks at around a place, in characters; its longest pattern has six.
_WINDOW = 8
#: Lines longer than this go to ftfy in pieces.
_LINE = 10_000

_TAG = re.compile(
    r"</?(?:a|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|iframe|img|input|li|object|ol|p|pre|s|script|"
    r"small|span|strong|style|sub|sup|table|tbody|td|th|tr|u|ul)(?:\s[^<>\n]{0,300})?/?>",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+")
_LIGATURE = re.compile("[ŉ\ufb00-\ufb06]")
# Patterns start with their rare character, not with a look behind it: ten times as fast.
_LOST = re.compile(r"\?\??(?=[a-zß-öø-ÿ])")
_LOST_INITIAL = re.compile(r"\?(?<=\s\?)(?=[a-zß-öø-ÿ]{3})")
_LINE_END = re.compile(r"\n(?<=[-\u00ad\u2010]\n)(?=[a-zß-öø-ÿа-яё]{2})")
#: What ASCII text may hold besides control codes.
_PRINTABLE = bytes(code for code in range(0x80) if not _CONTROL.match(chr(code)))
#: What can stand for a letter inside a word, or belong to it.
_LOST_MARKS = frozenset("\ufffd\u00ad?'’")
#: What stands around an entity that a text shows instead of using it.
_QUOTING = frozenset("\n\"'`“”„«»()[]{}|,")
_QUOTES = frozenset("\"'`“”„«»‘’‚‹›「」")
#: A string in a program: its quotation mark stands right behind a bracket, a comma or an equals sign.
_LITERAL = re.compile(r"""(?<=[(\[{=,])[rbfu]?["'`][^\n"'`]{0,300}+["'`](?=[])},;:.\s]|$)""", re.M)
_VOWEL = re.compile("[aeiouyà-åè-ïò-öù-ýœæøąęěůűőăîâ]", re.I)
#: Words before which a hyphen at a line end is a suspended one ("Vor-\nund Nachteile").
_SUSPENDING = frozenset(
    (
        *("und", "oder", "bzw", "sowie", "bis", "als", "and", "or", "to", "y", "o", "e", "et", "ou", "en", "of", "och"),
        *("eller", "og", "i", "a", "lub", "czy", "nebo"),
    )
)


def code_points(text: str) -> Codes:
    """The code points of a text, shape (len(text),); lone surrogates, as JSON can bring them, included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def find_broken_encoding(text: str, codes: Codes | None = None) -> list[Trace]:
    """The places of `text` where its encoding broke, with whether each counts as a broken word.

    `codes` are the text's code points, if known.

    >>> [(span.code, span.suggestion) for span, _ in find_broken_encoding("Die FÃ¼ße &amp;amp; f?r uns")]
    [('X412', '&'), ('X414', None), ('X410', 'Füße')]
    """
    found: list[Trace] = []
    if "&" in text and ";" in text:
        found.extend(_entities(text))
    if "<" in text:
        found.extend(_tags(text))
    if "?" in text:
        found.extend(_lost_letters(text))
    if "-\n" in text or "\u00ad\n" in text or "\u2010\n" in text:
        found.extend(_line_ends(text))
    if text.isascii():
        if text.encode().translate(None, _PRINTABLE):
            found.extend(_controls(text))
        return found
    kinds = _categories().take(code_points(text) if codes is None else codes)
    special = kinds[kinds >= _SPECIAL]
    if len(special):
        present = set(special.tolist())
        for category, finder in _FINDERS:
            if category in present:
                found.extend(finder(text))
    wrong = list(_mojibake(text, _suspicious(kinds)))
    return [*_outside(found, wrong), *wrong] if wrong and "\u00ad" in text else found + wrong


def _outside(found: Iterable[Trace], wrong: Sequence[Trace]) -> Iterator[Trace]:
    """The places found, but for soft hyphens in words decoded wrongly: there they are half of an "í"."""
    ends = [span.end for span, _ in wrong]
    for span, counts in found:
        after = bisect_right(ends, span.start)
        if span.code != "X416" or after == len(ends) or span.end <= wrong[after][0].start:
            yield span, counts


def _entities(text: str) -> Iterator[Trace]:
    literals = list(_LITERAL.finditer(text))
    begins = [literal.start() for literal in literals]
    for match in ENTITY.finditer(text):
        name, plain = match.group(), html.unescape(match.group())
        if plain == name:
            continue
        for _ in range(3):
            plain = html.unescape(plain)
        if not plain.isascii() and not text[match.start() - 1 : match.start()].isascii():
            # Mojibake of which a part was made an entity on the way: "10Î&frac14;s".
            start, end = _word_around(text, *match.span())
            repaired = _fixed(text[start : match.start()] + plain + text[match.end() : end])
            if repaired != text[start : match.start()] + plain + text[match.end() : end]:
                yield Span("X410", start, end, 5.0, repaired), True
                continue
        # Alone on its line, in quotation marks or in a program's string it is a text about entities.
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        shown = (before or "\n") in _QUOTING and (after or "\n") in _QUOTING
        at = bisect_right(begins, match.start()) - 1
        shown = shown or (at >= 0 and match.start() < literals[at].end())
        yield Span("X412", match.start(), match.end(), 4.0, plain), not shown


def _tags(text: str) -> Iterator[Trace]:
    for match in _TAG.finditer(text):
        yield Span("X413", match.start(), match.end(), 1.0), False


def _lost_letters(text: str) -> Iterator[Trace]:
    """Clear cases, and where there are two of them the unclear ones as well."""
    clear: list[Span] = []
    unclear: list[Span] = []
    end = 0
    for match in _LOST.finditer(text):
        if match.start() < end or not text[match.start() - 1 : match.start()].isalpha():
            continue
        start, end = _word_around(text, match.start(), match.end())
        first, last = text[start : match.start()], text[match.end() : end]
        if _in_address(text, start, end) or not (first + last).replace("?", "").isalpha():
            continue
        spoken = _VOWEL.search(first) is not None and _VOWEL.search(last) is not None
        # A word by itself in quotation marks may be a pattern to search with: "M?ller".
        shown = text[max(0, start - 1) : start] in _QUOTES and text[end : end + 1] in _QUOTES
        (unclear if spoken or shown else clear).append(Span("X414", start, end, 3.0))
    if len(clear) >= 2:
        for match in _LOST_INITIAL.finditer(text):
            unclear.append(Span("X414", match.start(), _word_around(text, match.start(), match.end())[1], 2.0))
        clear.extend(unclear)
    last_end = -1
    for span in sorted(clear, key=lambda span: span.start):
        if span.start >= last_end:
            last_end = span.end
            yield span, True


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a word is part of a link, path, query or code, where a question mark has its own work."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    if before in _JOINING or after[:1] in _JOINING:
        return True
    return before in {".", ":"} or (after[:1] in {".", ":"} and after[1:].isalnum())


#: Marks that join a word to the next in links and code.
_JOINING = frozenset("/=&#%@_-\\+*([{<|~^0123456789")


def _line_ends(text: str) -> Iterator[Trace]:
    for match in _LINE_END.finditer(text):
        hyphen = match.start() - 1
        start, _ = _word_around(text, hyphen, hyphen)
        _, end = _word_around(text, match.end(), match.end())
        first, rest = text[start:hyphen], text[match.end() : end]
        if len(first) > 1 and first.isalpha() and rest not in _SUSPENDING:
            yield Span("X417", start, hyphen + 1, 0.3, first + rest), False


def _controls(text: str) -> Iterator[Trace]:
    for match in _CONTROL.finditer(text):
        start, end = match.span()
        inside = text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
        yield Span("X415", start, end, 2.0, detail=f"U+{ord(match.group()[0]):04X}"), inside


def _replacements(text: str) -> Iterator[Trace]:
    at = text.find("\ufffd")
    while at >= 0:
        start, end = _word_around(text, at, at + 1)
        yield Span("X411", start, end, 5.0), True
        at = text.find("\ufffd", end)


def _private_use(text: str) -> Iterator[Trace]:
    for match in _PRIVATE.finditer(text):
        start, end = match.span()
        inside = text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
        if inside:
            start, end = _word_around(text, start, end)
        yield Span("X408", start, end, 1.0, detail=f"U+{ord(match.group()[0]):04X}"), inside


def _soft_hyphens(text: str) -> Iterator[Trace]:
    spans: list[Span] = []
    at = text.find("\u00ad")
    while at >= 0:
        start, end = _word_around(text, at, at + 1)
        if text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha():
            spans.append(Span("X416", start, end, 0.3, text[start:end].replace("\u00ad", "")))
        at = text.find("\u00ad", end)
    many = len(spans) > max(2, _MANY_SOFT_HYPHENS * (text.count(" ") + text.count("\n")))
    for span in spans:
        yield span, many


def _ligatures(text: str) -> Iterator[Trace]:
    at = -1
    for match in _LIGATURE.finditer(text):
        if match.start() < at:
            continue
        start, at = _word_around(text, match.start(), match.end())
        plain = unicodedata.normalize("NFKC", text[start:at]).replace("ʼ", "’")
        yield Span("X418", start, at, 0.3, plain), False


def _word_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The word that a place is in, followed at most `_REACH` characters to each side."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    while start > first and (text[start - 1].isalnum() or text[start - 1] in _LOST_MARKS):
        start -= 1
    while end < last and (
        text[end].isalnum() or (text[end] in _LOST_MARKS and (text[end] != "?" or text[end + 1 : end + 2].isalpha()))
    ):
        end += 1
    return start, end


#: Finders of characters that are special by themselves, by category of `_SETS`.
_FINDERS: tuple[tuple[int, Callable[[str], Iterator[Trace]]], ...] = (
    (12, _replacements),
    (12, _soft_hyphens),
    (13, _controls),
    (14, _private_use),
    (15, _ligatures),
)

# --- mojibake ----------------------------------------------------------------------------------------


def _mojibake(text: str, places: NDArray[np.intp]) -> Iterator[Trace]:
    """Words that ftfy repairs. Its own test is slow (4 MB/s), so only lines with a suspicious place come to it."""
    if not len(places):
        return
    from ftfy.badness import BADNESS_RE

    last = 0
    known: dict[str, str] = {}
    for place in places.tolist():
        if place < last or BADNESS_RE.search(text, max(0, place - _WINDOW), place + _WINDOW) is None:
            continue
        start, end = _between_spaces(text, place)
        if start >= last and text[start:end] in known:
            # Repairing takes a hundred times as long as finding: a text of mojibake has the same words again and again.
            last = end
            yield _repaired(text, start, end, known[text[start:end]])
            continue
        start = max(last, place - _LINE, text.rfind("\n", max(0, place - _LINE), place) + 1)
        stop = text.find("\n", place, place + _LINE)
        last = min(len(text), place + _LINE) if stop < 0 else stop
        line = text[start:last]
        fixed = _fixed(line)
        if fixed != line and not _is_circumflex(line, fixed):
            for first, end, plain in _differences(line, fixed):
                known[line[first:end]] = plain
                yield _repaired(text, start + first, start + end, plain)


def _repaired(text: str, start: int, end: int, plain: str) -> Trace:
    return Span("X410", start, end, 5.0, plain), not _is_whole(text[start:end], plain)


def _between_spaces(text: str, place: int) -> tuple[int, int]:
    """The word that a place is in, as far as spaces or line ends, at most `_REACH` characters to each side."""
    start, end = place, place + 1
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    while start > first and text[start - 1] not in " \n":
        start -= 1
    while end < last and text[end] not in " \n":
        end += 1
    return start, end


@lru_cache(maxsize=1024)
def _fixed(line: str) -> str:
    """A line or word, at most `_LINE` characters to each side of a place, as ftfy repairs it."""
    import ftfy

    return ftfy.fix_encoding(line)


#: Quotation marks and dashes as C1 controls, where Windows-1252 was read as Latin-1.
_MARKS = {ord(mark.encode("cp1252").decode("latin-1")): mark for mark in "‚„…‹‘’“”•–—›"}
_INNER_MARK = re.compile(r"(?<=\w)[\x80-\x9f](?=\w)")


def _is_whole(word: str, plain: str) -> bool:
    """Whether only marks at the edges of a word are broken, as on a good part of the pages of 1995-2010: reported,
    but the word can be read and found."""
    return word.translate(_MARKS) == plain and _INNER_MARK.search(word) is None


def _is_circumflex(line: str, fixed: str) -> bool:
    """Whether all that a repair does is to drop "Â" before a no-break space between capitals: a name, not mojibake."""
    capitals = _CAPITAL_CIRCUMFLEX.sub("\u00a0", line)
    return capitals == fixed


#: "Â" that ends a word in capitals, which ftfy takes for half of a no-break space.
_CAPITAL_CIRCUMFLEX = re.compile("(?<=[A-Z]{2})\u00c2\u00a0(?=[A-Z]{2})")


#: Words that spaces within characters may have made of one. Chosen by hand.
_MOST_JOINED = 4


def _differences(line: str, fixed: str) -> Iterator[tuple[int, int, str]]:
    """The words of a line that its repair changes: offsets, and the words repaired.

    ASCII survives every wrong decoding, so that spaces are anchors, but for those that were part of a character
    ("atenÃ§Ã£o Ã s crianÃ§as"): words around such a space are one.
    """
    words, repaired = line.split(" "), fixed.split(" ")
    at = number = 0
    for other, plain in enumerate(repaired):
        count = _joined(words, number, repaired, other)
        word = " ".join(words[number : number + count])
        if word != plain:
            yield at, at + len(word), plain
        at, number = at + len(word) + 1, number + count


def _joined(words: Sequence[str], number: int, repaired: Sequence[str], other: int) -> int:
    """How many words from `number` on are the repaired word `other`.

    As few as let the next ones agree, else all that there are too many.
    """
    most = len(words) - number - (len(repaired) - other) + 1
    if most > 1 and other + 1 < len(repaired):
        for count in range(1, min(most, _MOST_JOINED) + 1):
            if repaired[other + 1] in (words[number + count], _fixed(words[number + count])):
                return count
    return most


#: Parts of characters beyond mojibake: plain Latin letters and digits; everything that has a finder of its own.
_PLAIN, _SPECIAL = 11, 12
#: Characters by what they do in mojibake, after the categories of ftfy.badness; later ones win.
_SETS: tuple[tuple[int, str], ...] = (
    (1, "ß-ñò-öø-ÿăąāćčďđęěēėğģīįķĺľłļœŕśşšťüźžżґ"),
    (2, "À-ÖØ-ÞĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐŐŌŪŲ"),
    (3, "α-ωάέήίΰа-џ"),
    (4, "ΆΈΉΊΌΎΏΑ-ΫЀ-Я"),
    (5, "¡«¿΄΅‘‚“„•‹"),
    (6, "®»˝”›™"),
    (7, "\u00a0·–—―…’"),
    (8, "´¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊ªº¶§¢£¥₧€©²³¹±¼½¾×µ÷⁄∂∆∏∑∞∩∫≠≡≤≥№°│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓"),
    (9, "ÂÃŒœ√≈"),  # suspicious before anything but a plain letter
    (10, "\u0080-\u009f"),  # C1 controls: always suspicious
    (_SPECIAL, "\u00ad\ufffd"),
    (13, "\x00-\x08\x0b\x0e-\x1f\x7f"),
    (14, "\ue000-\uf8ff\U000f0000-\U0010ffff"),
    (15, "ŉﬀ-ﬆ"),
)


@cache
def _categories() -> NDArray[np.uint8]:
    """What every code point does in broken text, shape (0x110000,): a category of mojibake, a single that is
    suspicious before anything but a plain letter, a special character, or 0."""
    table = np.zeros(0x110000, np.uint8)
    for category, characters in _SETS:
        for match in re.finditer("(.)-(.)|(.)", characters, re.S):
            first, last = match.group(1) or match.group(3), match.group(2) or match.group(3)
            table[ord(first) : ord(last) + 1] = category
    for first, last in ("AZ", "az", "09"):
        table[ord(first) : ord(last) + 1] = _PLAIN
    table.flags.writeable = False
    return table


#: Whether a category has a part in mojibake.
_PART = np.array([0 < category < _PLAIN for category in range(256)])


@cache
def _pairs() -> NDArray[np.bool_]:
    """Which neighbours (category * 16 + category) clean text hardly has, shape (256,)."""
    pairs = np.zeros((16, 16), bool)
    strange = (*range(1, 11), _SPECIAL)
    for other in strange:
        pairs[8, other] = pairs[other, 8] = True
    pairs[7, 8] = pairs[8, 7] = False  # "100 €", "5 – €"
    pairs[1:3, 3:5] = pairs[3:5, 1:3] = True  # Latin beside Greek or Cyrillic
    for first, second in ((1, 2), (2, 1), (2, 7), (3, 4)):
        pairs[first, second] = True
    pairs[1:3, 5:7] = pairs[6, 1:3] = pairs[4, 5:8] = True
    pairs[1:7, _SPECIAL] = pairs[1:7, 9] = True
    pairs[9] = True
    pairs[9, _PLAIN] = False
    pairs[10] = True
    return pairs.ravel()


def _suspicious(kinds: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Places where mojibake could stand: a superset of those that ftfy.badness finds, at 50 times its speed."""
    # Nearly all is plain: only characters with a part in mojibake are compared with what follows.
    places = np.flatnonzero(_PART.take(kinds))
    padded = np.append(kinds, np.zeros(2, np.uint8))
    places = places[_pairs()[kinds[places] * np.uint8(16) + padded[places + 1]]]
    # A small letter with an accent before a quotation mark is an ordinary end of a quotation, unless a letter follows.
    second, third = padded[places + 1], padded[places + 2]
    ends = (kinds[places] == 1) & ((second == 5) | (second == 6)) & ((third == 0) | (third == 7))
    found: NDArray[np.intp] = places[~ends]
    return found
