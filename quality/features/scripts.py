"""Scripts: words that mix alphabets, letters that only look right, invisible characters; counts broken encoding too.

Mixing is no damage by itself: "α-helix", "Δt", "NFκB", "iPhoneом", Belarusian typed with a Latin i. So a word
is judged by what stands around it. In Latin text, Cyrillic, Greek or styled letters among plain ones are an
attack when every one of them has a Latin twin; where they could be symbols they count only in a text that has
unmistakable cases. In Cyrillic and Greek text, Latin letters are slips or a habit of the keyboard, unless many
words have them while the right letter is in use as well.

Source: Unicode UTS #39 (confusables.txt) for the twins, widened by letters that merely resemble.

Measured with `python benchmarks/languages.py` on help and manual pages in 33 languages, 1, 2 and 5 % of the letters
attacked in texts of 30, 80 and 200 words (2026-11-27; docs/scripts.md has the table): recall of attacked words .9995
and more for Cyrillic and full-width look-alikes, those that merely resemble included (п for n); Greek .993 and more,
Greek ones that merely resemble .988 in texts of 30 words at 1 %, else .9995; mathematical .994 there, else .9997. No
unattacked word is flagged. What is missed are mostly letters that stand alone ("α" for Italian "a") or may be symbols.
The same pages without attacks, 8.8 million words: .94 words in 100,000, all of them full-width Latin but for one word
with invisible marks in it. Of 2,304 windows with natural words of mixed scripts in 19 languages 4 are flagged.
Latin letters in Cyrillic and Greek pages: Cyrillic texts of 80 words .950, .981 and .999, of 200 words .995 and more;
Greek ones of 80 words .864, .946 and .996, of 200 words .997 and more; texts of 30 words 0, .434 and .048, Greek .306
at best, since two or three such letters are mostly slips. In Cyrillic texts of 200 words one unattacked word in 1,000,
a Latin one of a letter or two, is flagged beside them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, Evidence, Span
from quality.features.encoding import SHOWN, Codes, Trace, code_points, find_broken_encoding
from quality.features.leetspeak import find_leetspeak
from quality.model import Models
from quality.small_words import small_words

__all__ = ["NAMES", "find_mixed_scripts", "measure", "plain_letters"]

NAMES = ("mixed_script_words", "broken_encoding_words", "mixed_script_share", "broken_encoding_share")

# What a character is, one bit each, so that a word's characters can be joined by "or".
_LATIN, _GREEK, _CYRILLIC, _STYLED, _WIDE, _RARE, _OTHER, _MARK, _INVISIBLE = (1 << bit for bit in range(9))
_FOREIGN = (_GREEK, _CYRILLIC, _STYLED, _WIDE, _RARE)
_ALPHABETS = _LATIN | _GREEK | _CYRILLIC | _STYLED | _WIDE | _RARE

#: Blocks by kind; later ones win. All above U+0530 that is not named is a letter of another script, which
#: may stand beside any other (Japanese, Thai, product names): too much is better than too little here.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (_OTHER, "0531-1fff 2c00-2dff 3005-3007 3021-3029 3031-3035 3041-d7ff f900-fdff fe70-fefc ff66-ffdc 10000-1cfff "
             "1e000-1efff 20000-3ffff"),
    (0, "2000-2bff 2e00-3004 3008-3020 3030 3036-3040 30fb fd3e-fd3f fe10-fe1f fe30-fe6f ff00-ff20 ff3b-ff40 "
        "ff5b-ff65 ffe0-ffff"),
    (_LATIN, "41-5a 61-7a aa ba c0-d6 d8-f6 f8-2af 1d00-1d25 1d6b-1d77 1d79-1d9a 1e00-1eff 2c60-2c7f a722-a787 "
             "a78b-a7ff ab30-ab5a ab60-ab64 fb00-fb06"),
    (_GREEK, "370-373 376-377 37b-37d 37f 386 388-3e1 3f0-3ff 1d26-1d2a 1f00-1fbc 1fc2-1fcc 1fd0-1fdb 1fe0-1fec "
             "1ff2-1ffc"),
    (_CYRILLIC, "400-481 48a-52f 1c80-1c8f a640-a66e a680-a69b"),
    (_RARE, "531-556 561-587 13a0-13fd ab70-abbf a4d0-a4f7 2c80-2cf3 10400-1044f 118a0-118df"),
    (_STYLED, "210b-2113 2115 2118-211d 2124 2128 212a 212c-2131 2133-2134 2139 2145-2149 249c-24e9 1d400-1d7cb "
              "1f110-1f12b 1f130-1f149 1f150-1f169 1f170-1f189"),
    (_WIDE, "ff21-ff3a ff41-ff5a"),
    (_MARK, "ad 2b0-2ff 300-36f 483-489 1ab0-1aff 1d2c-1d6a 1d78 1d9b-1dff 20d0-20f0 2de0-2dff a66f-a67f fe20-fe2f"),
    (_INVISIBLE, "34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff ffa0 "
                 "fff9-fffb e0000-e0fff"),
)  # fmt: skip

#: Letters and their Latin twins: nearly the same glyph in common fonts. Cyrillic, then Greek.
_STRICT = (
    "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ЅS ІI ЈJ ԌG ҮY ѴV ԜW ӀI аa еe оo рp сc уy хx ѕs іi јj һh ԁd ԛq ԝw ӏl "
    "үy ѵv ѡw ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ϺM ϿC οo ϲc ϳj"
)
#: Letters that merely resemble, or whose twin is unusual: taken by attacks, by faux lettering, and by symbols.
#: Cyrillic, Greek, Armenian, Cherokee, Lisu, Coptic, Deseret.
_LOOSE = (
    "ЬB вb гr кk мm нh пn тt цu ьb єe ёë їï ҽe қk ӊh ҥh ҫc ғf ѳo ԍg ҝk ԏt ԃd ѻo ҚK ҢH ӨO ЁË ЇÏ ꙇi αa βb γy δd εe "
    "ηn ιi κk νv ρp ςs σo τt υu χx ωw ϑv ϱp ϵe ϰk ՏS ՍU ՕO օo ոn ռn սu հh ցg զq գq քf աw յj ԼL եt ՑG ᎪA ᏴB ᏟC "
    "ᎠD ᎬE ᏀG ᏳG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏒR ᏚS ᏕS ᎢT ᏙV ᎳW ᏔW ᎩY ᎽY ᏃZ Ꮟb ꮯc Ꮷd Ꮒh Ꭵi ꭵi ꮁr ꮪs ꮩv ꮃw ꮓz ꓮA ꓐB ꓚC "
    "ꓓD ꓰE ꓝF ꓖG ꓧH ꓙJ ꓗK ꓡL ꓟM ꓠN ꓳO ꓑP ꓣR ꓢS ꓔT ꓴU ꓦV ꓪW ꓫX ꓬY ꓜZ ꓲI ꓒd ⲤC ⲎH ⲔK ⳐL ⲘM ⲚN ⲞO ⲢP ⲦT ⲬX ⲨY ⲒI "
    "ⲓi ⲥc ⲟo ⲣp ⲅr ⲀA ⲁa ⲂB ⲈE 𐐕C 𐐛L 𐐄O 𐐠S 𐐽c 𐐬o 𐑈s"
)
#: Greek letters that stand for something by themselves, before or after a word without a hyphen (γGTP, TNFα, sinθ).
_SYMBOLS = frozenset("αβγδεζηθικλμνξπρστυφχψωϑϱϵϰϕΓΔΘΛΞΠΣΦΨΩ")

#: What formulas glue symbols to: functions ("sinα") and indices ("ηmax").
_FUNCTIONS = frozenset(
    (
        *("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "log", "exp", "max", "min", "lim", "arg"),
        *("det", "mod", "eff", "ref", "tot", "out", "crit", "air", "rel", "avg", "obs"),
    )
)

#: What α is glued to in chemistry, medicine and physics: substances by their endings, and some other words.
_SUBSTANCE = re.compile("(?:ins?|ols?|ases?|ones?|enes?|anes?|ines?|ates?|ides?|yls?|oids?|oses?|ons?|ors?|i[ac]l?)$")
_SCIENCE = re.compile(
    "(?:particle|decay|ray|helix|helice|phase|diversity|chain|subunit|value|level|error|cell|blocker|band|wave|rhythm"
    "|motif|domain)s?$"
)
#: Two consonants with which words do not begin: behind an α that opens a word they are the rest of one.
_NO_BEGINNING = re.compile(
    "([b-df-hj-np-tv-z])\\1|[lrmn](?![aeiouyhj])[a-z]|[cdgt][dgtp]|[bdpt](?![aeiouylrhsnw])[a-z]"
)

#: How far to look for the script around a word, in characters.
_AROUND = 200
#: Share of Latin letters around a word from which it stands in Latin text.
_LATIN_AROUND = 0.85
#: Share from which it may do: a case counts only in a text that has unmistakable ones.
_LATIN_PERHAPS = 0.5
#: How near a word of the other script makes an unclear case its neighbour, in characters: "rusky EkaTepиHa EBceeBa".
_NEAR = 60
#: Likely cases that a text needs before unclear ones count; an unmistakable one is enough by itself.
_SUPPORT = 2
#: Cyrillic and Greek text is judged in blocks of so many characters: a page can have several people's keyboards.
_BLOCK = 2000
#: There: kinds of Latin letters needed, words with them, places of the right letters, and how many wrong places one
#: right place may have. Any line is enough. Of 2,304 windows of 240 characters with natural words of mixed scripts in
#: 19 languages 9 pass, most of one page; of attacked texts of 80 words of help pages .9 (2026-11-22). Shorter texts
#: need more: 4 kinds, 5 words, 30 places at .25 find .75 of the words in texts of 30 with 5 % attacked, but also six
#: copies of a Ukrainian story with Latin vowels in it, and so do 4 kinds, 6 words, 45 places at .2 (2026-11-27).
_STREWN = ((4, 8, 75, 0.3), (3, 4, 80, 0.2), (3, 3, 35, 0.1), (2, 3, 45, 0.07), (2, 2, 55, 0.035))
_LONGEST = 100
#: Spans kept of one paragraph, so that a megabyte of control characters makes no report of a gigabyte. All are counted.
_MOST = 1000
#: Letters of the International Phonetic Alphabet: Greek β, θ and χ among them are sounds.
_PHONETIC = re.compile("[ɐ-ʯˈˌːˑ]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile("[A-Z][a-z]")
_STACK = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Full-width, mathematical, squared and circled letters; and all that attacks on Latin text are made of.
_STYLED_LETTER = re.compile("[\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001d400-\U0001d7cb\U0001f130-\U0001f149]")
_LOOK_ALIKE = re.compile("[\u0370-\u052f\u13a0-\u13fd\u24b6-\u24e9\ua4d0-\ua4f7\uff21-\uff5a\U00010400-\U0001f149]")
_MIXED_WORD = re.compile(
    "[A-Za-z](?=[\u0370-\u052f\u13a0-\u13fd\ua4d0-\ua4f7])|[\u0370-\u052f\u13a0-\u13fd\ua4d0-\ua4f7](?=[A-Za-z])"
)
#: A word of one or two small Latin letters with spaces around it.
_SHORT = re.compile(r"(?<=[\w,;:.!?] )[a-z]{1,2}(?=,? \w)")
#: What a letter between two words has around it; a small Latin letter and a Greek or Cyrillic one that are no usual
#: symbol together.
_WORD_BEFORE = re.compile("(?:^|\n|[a-z\u00c0-\u024f][,;:.!?)]? )$")
_WORD_AFTER = re.compile(" [A-Za-z\u00c0-\u024f]")
_TWO_LETTERS = re.compile("[a-ce-gijl-z][\u0370-\u052f]$")
#: What a small word has around it that is one of a sentence, and no symbol of a formula.
_SENTENCE_BEFORE = re.compile("[a-z\u00df-\u024f]{2}[,;:]? $")
_SENTENCE_AFTER = re.compile(" [a-z\u00df-\u024f]{2}")
_ORDINAL = re.compile(r"(?:th|st|nd|rd|ter|te|ten|s)\Z")

Bits = NDArray[np.uint16]


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Words of mixed scripts and of broken encoding in each paragraph, counts and shares (0..1) of its words.

    >>> from quality.segmentation import segment
    >>> from quality.document import Document
    >>> batch = Batch.of([segment(Document("This pаssword is fÃ¼r you."))])
    >>> measure(batch, Models(""), language="en", explain=True).matrix.tolist()
    [[1.0, 1.0, 0.2, 0.2]]
    """
    del models, language  # all is in the paragraphs; nothing here is learned
    return Evidence.joined(NAMES, (_document(paragraphs, explain) for paragraphs in batch.documents))


def _document(paragraphs: Sequence[Paragraph], explain: bool) -> Evidence:
    matrix = np.zeros((len(paragraphs), len(NAMES)))
    spans: list[list[Span]] = [[] for _ in paragraphs]
    if paragraphs:
        body = "\n".join([paragraph.text for paragraph in paragraphs])
        offsets = list(accumulate((len(paragraph.text) + 1 for paragraph in paragraphs), initial=0))
        codes = None if body.isascii() else code_points(body)
        for column, traces in enumerate((find_mixed_scripts(body, codes), find_broken_encoding(body, codes))):
            last = -1
            for span, counts in sorted(traces, key=lambda trace: (trace[0].start, trace[0].end)):
                row = bisect_right(offsets, span.start) - 1
                if counts and span.start >= last:  # one word can give itself away twice
                    matrix[row, column] += 1
                    last = span.end
                if explain and len(spans[row]) < _MOST:
                    spans[row].append(_moved(span, paragraphs[row], offsets[row]))
        words = np.maximum([paragraph.word_count for paragraph in paragraphs], 1)
        matrix[:, 2:] = np.minimum(matrix[:, :2] / words[:, None], 1.0)
    return Evidence(NAMES, matrix, tuple(map(tuple, spans)))


def find_mixed_scripts(text: str, codes: Codes | None = None) -> list[Trace]:
    """The places of `text` with letters of two scripts in a word, look-alikes or invisible characters.

    Each comes with whether it counts as a word of mixed scripts. `codes` are the text's code points, if known.

    >>> [(span.code, span.suggestion) for span, _ in find_mixed_scripts("The bаnk; the α-helix and Δt.")]
    [('X402', 'bank')]
    """
    found = list(find_leetspeak(text))
    if text.isascii():
        return found
    bits = _character_bits()[code_points(text) if codes is None else codes]
    if not (bits & ~np.uint16(_LATIN)).any():
        return found
    inside = np.zeros(len(bits) + 2, bool)
    np.not_equal(bits, 0, out=inside[1:-1])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    masks = np.bitwise_or.reduceat(bits, starts)
    chosen = _mixed_masks()[masks] & (ends - starts <= _LONGEST)
    alone = (masks & (_GREEK | _CYRILLIC | _RARE) != 0) & (ends - starts == 1)
    if chosen.any() or alone.any():
        runs = np.column_stack((starts[chosen], ends[chosen], masks[chosen])).tolist()
        words = [_Word(text[start:end], start, end, mask) for start, end, mask in runs]
        found.extend(_judged(text, words, bits, starts, ends, masks))
    hidden = (masks & _INVISIBLE) != 0
    if hidden.any():
        found.extend(_invisible(text, starts[hidden].tolist(), ends[hidden].tolist(), masks[hidden].tolist()))
    if (masks & _MARK).any():
        found.extend(_stacks(text))
    return found


def plain_letters(text: str) -> str:
    """The text with its attacked words spelt plainly, so that other readers than people know them.

    >>> plain_letters("Thе bаnk, ｗｉｄｅ and 𝗯𝗼𝗹𝗱.")
    'The bank, wide and bold.'
    """
    if text.isascii() or _LOOK_ALIKE.search(text) is None:
        return text
    if _STYLED_LETTER.search(text) is not None:
        text = _STYLED_LETTER.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    if _MIXED_WORD.search(text) is None:
        return text
    parts: list[str] = []
    last = 0
    for span, _ in sorted(find_mixed_scripts(text), key=lambda trace: trace[0].start):
        if span.suggestion is not None and span.start >= last and span.code in ("X401", "X402"):
            parts += text[last : span.start], span.suggestion
            last = span.end
    return "".join(parts) + text[last:]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    mask: int


def _judged(
    text: str, words: list[_Word], bits: Bits, starts: NDArray[np.intp], ends: NDArray[np.intp], masks: Bits
) -> Iterator[Trace]:
    """Mixed and styled words, each by the text around it; unclear ones by the clear ones of the whole text."""
    readings = [_reading(word.text) for word in words]
    bits = _as_latin(bits, words, readings)
    neighbours = _neighbours(words, readings, starts, ends, masks)
    unclear: list[tuple[_Word, str]] = []
    short: list[tuple[_Word, str]] = []
    sure: Counter[int] = Counter()
    others: list[_Word] = []
    surroundings = _surroundings(bits, words)
    for word, (latin, certainty), (alphabet, clear, east_asian) in zip(words, readings, surroundings, strict=True):
        if not alphabet:
            alphabet, clear = _own_script(word), True
        if alphabet != _LATIN:
            if word.mask & alphabet:
                others.append(word)
            continue
        if word.mask & _WIDE and east_asian:
            continue
        alone = certainty == _SURE or not _near(word, neighbours)
        if latin is None:
            if clear and alone and certainty == _STRANGE:
                yield _trace("X401", word, None)
        elif not word.mask & _LATIN:
            if word.mask & _WIDE or (not word.mask & (_GREEK | _CYRILLIC | _RARE) and len(word.text) > 2):
                yield _trace("X407", word, latin)
            else:
                unclear.append((word, latin))
        elif clear and alone and certainty >= _LIKELY:
            for bit in _FOREIGN:
                sure[bit] += (word.mask & bit != 0) * (1 if certainty == _LIKELY else _SUPPORT)
            yield _trace("X402", word, latin)
        elif alone:
            unclear.append((word, latin))
    for word, latin in _short_words(text, neighbours, bits, starts, ends, masks):
        if _lone(text, word, latin):
            sure.update(bit for bit in _FOREIGN if word.mask & bit)
            yield _trace("X402", word, latin)
        else:
            short.append((word, latin))
    if unclear:
        unclear, known = _known_words(text, unclear)
        for word, latin in known:
            sure.update(bit for bit in _FOREIGN if word.mask & bit)
            yield _trace("X402", word, latin)
    supported = {bit for bit in _FOREIGN if sure[bit] >= _SUPPORT}
    for word, latin in (*unclear, *short):
        if any(word.mask & bit for bit in supported):
            yield _trace("X402", word, latin)
    yield from _in_other_alphabets(text, others, starts, masks)


def _as_latin(bits: Bits, words: list[_Word], readings: list[tuple[str | None, int]]) -> Bits:
    """The kinds of the text's letters, those of mixed words that read as Latin, mostly are, being Latin: a text of
    which every "e" is Cyrillic is Latin still."""
    changed = bits.copy()
    for word, (latin, _) in zip(words, readings, strict=True):
        own = changed[word.start : word.end]
        if (
            latin is not None
            and word.mask & _LATIN
            and (2 * np.count_nonzero(own == _LATIN) >= len(own) or _only_latin(word))
        ):
            own[:] = _LATIN
    return changed


def _only_latin(word: _Word) -> bool:
    """Whether a word has Latin letters without a twin in the other script, and of that only letters with one."""
    table = _character_bits()
    latin = {letter for letter in word.text if table[ord(letter)] == _LATIN}
    others = set(word.text) - latin
    back = _backwards(_CYRILLIC if word.mask & _CYRILLIC else _GREEK)
    return others <= _strict() and any(letter not in back for letter in latin)


def _known_words(
    text: str, unclear: list[tuple[_Word, str]]
) -> tuple[list[tuple[_Word, str]], list[tuple[_Word, str]]]:
    """Unclear words, and those among them that are common words, or that the text has in plain spelling elsewhere
    ("αnd", or "αlphabet" beside "alphabet").

    Words of two letters stay unclear if the first is Greek or Cyrillic, or physics has them: "αs" is the strong
    coupling as well, "hν" an energy, "dε" a differential and "Kα" a line of X-rays. They are clear amid a sentence
    where they are small words of the text's own language ("εn" and "dε" in Spanish); those with a Latin letter first
    only if the text has nothing else that may be a symbol, nor their variable elsewhere.
    """
    found = _LETTERS.findall(text.lower())
    plain = _common_words().union(found)
    own = _own_small_words(found) - {"as"}
    symbols = any(latin.lower() not in plain for _, latin in unclear)
    letters = Counter(_LOOK_ALIKE.findall(text))

    def is_known(word: _Word, latin: str) -> bool:
        if len(latin) > 2 - bool(word.mask & _STYLED) or _TWO_LETTERS.match(word.text):
            return latin.lower() in plain
        return (
            latin in own
            and len(latin) == 2
            and (word.text[0] != latin[0] or not (symbols or letters[word.text[1]] > 1))
            and _SENTENCE_BEFORE.search(text[max(word.start - 4, 0) : word.start]) is not None
            and _SENTENCE_AFTER.match(text, word.end) is not None
        )

    known = [is_known(word, latin) for word, latin in unclear]
    return (
        [case for case, sure in zip(unclear, known, strict=True) if not sure],
        [case for case, sure in zip(unclear, known, strict=True) if sure],
    )


def _lone(text: str, word: _Word, latin: str) -> bool:
    """Whether a letter that stands alone between Latin words is one of their small words ("ο" in Portuguese).

    It has to be no symbol: α, ν and the like stay unclear.
    """
    return (
        (word.text in _strict() or word.text in "ιυ")
        and latin.lower() in _common_words()
        and _WORD_BEFORE.search(text[max(word.start - 3, 0) : word.start]) is not None
        and _WORD_AFTER.match(text, word.end) is not None
    )


def _own_small_words(words: Sequence[str]) -> frozenset[str]:
    """The small words of the language that most of the words speak for."""
    counts = Counter(words)
    listed = small_words()
    return listed[max(listed, key=lambda language: sum(counts[word] for word in listed[language]))]


@cache
def _common_words() -> frozenset[str]:
    return frozenset().union(*small_words().values())


def _neighbours(
    words: list[_Word],
    readings: list[tuple[str | None, int]],
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    masks: Bits,
) -> list[int]:
    """Where words of Greek or Cyrillic stand, sorted: pure ones of three letters or more, mixed ones that cannot
    be Latin."""
    pure = (masks & (_GREEK | _CYRILLIC) != 0) & (masks & (_LATIN | _OTHER) == 0) & (ends - starts > 2)
    places: list[int] = starts[pure].tolist()
    places.extend(word.start for word, reading in zip(words, readings, strict=True) if reading == (None, _NO_LATIN))
    return sorted(set(places))


def _near(word: _Word, neighbours: list[int]) -> bool:
    at = bisect_right(neighbours, word.end + _NEAR) - 1
    while at >= 0 and neighbours[at] >= word.start - _NEAR:
        if neighbours[at] != word.start:
            return True
        at -= 1
    return False


def _short_words(
    text: str, neighbours: list[int], bits: Bits, starts: NDArray[np.intp], ends: NDArray[np.intp], masks: Bits
) -> Iterator[tuple[_Word, str]]:
    """Words of one or two letters written in look-alikes alone, in Latin text ("а", "іt")."""
    latin = np.concatenate(([True], masks & _LATIN != 0, [True]))
    short = (masks & (_GREEK | _CYRILLIC | _RARE) != 0) & (masks & _LATIN == 0) & (ends - starts <= 2)
    words = [
        _Word(text[starts[at] : ends[at]], int(starts[at]), int(ends[at]), int(masks[at]))
        for at in np.flatnonzero(short & latin[:-2] & latin[2:]).tolist()
    ]
    for word, (alphabet, clear, _) in zip(words, _surroundings(bits, words), strict=True):
        plain = _reading(word.text)[0]
        if plain is not None and alphabet == _LATIN and clear and not _near(word, neighbours):
            yield word, plain


def _surroundings(bits: Bits, words: list[_Word]) -> list[tuple[int, bool, bool]]:
    """Of each word the alphabet of the text around it (0: no letter there), whether clearly so, and whether letters
    of a script without alphabet are so many that full-width letters are at home."""
    starts = np.array([word.start for word in words], np.intp)
    ends = np.array([word.end for word in words], np.intp)
    before, after = np.maximum(starts - _AROUND, 0), np.minimum(ends + _AROUND, len(bits))

    def count(alphabet: int) -> NDArray[np.int64]:
        sums = np.concatenate(([0], np.cumsum((bits & alphabet) != 0)))
        counts: NDArray[np.int64] = sums[after] - sums[ends] + sums[starts] - sums[before]
        return counts

    latin, greek, cyrillic, other = map(count, (_LATIN, _GREEK, _CYRILLIC, _OTHER))
    total = latin + greek + cyrillic
    alphabet = np.where(latin >= _LATIN_PERHAPS * total, _LATIN, np.where(cyrillic >= greek, _CYRILLIC, _GREEK))
    alphabet[total == 0] = 0
    clear = latin >= _LATIN_AROUND * total
    return list(zip(alphabet.tolist(), clear.tolist(), (5 * other > latin).tolist(), strict=True))


def _own_script(word: _Word) -> int:
    """The alphabet that most letters of a word are of, for a word that stands alone."""
    table = _character_bits()
    counts = Counter(int(table[ord(letter)]) for letter in word.text)
    return max((_LATIN, _CYRILLIC, _GREEK), key=lambda alphabet: counts[alphabet])


@cache
def _twins() -> dict[str, str]:
    """Letter → Latin letter that it looks like."""
    return {pair[0]: pair[1] for pair in f"{_LOOSE} {_STRICT}".split()}


@cache
def _strict() -> frozenset[str]:
    return frozenset(pair[0] for pair in _STRICT.split())


def _plain(letter: str) -> str | None:
    """The Latin letter that a letter stands for or looks like; None if there is none."""
    twin = _twins().get(letter)
    if twin is None:
        twin = unicodedata.normalize("NFKC", letter)
        if len(twin) == 3 and twin[0] == "(":
            twin = twin[1]
        twin = _twins().get(twin, twin)
    return twin if len(twin) == 1 and twin.isalpha() and ord(twin) < 0x250 else None


#: What the foreign letters of a word may be: letters of a foreign word; letters without a twin, but out of place;
#: symbols or look-alikes; hardly symbols; no symbols, but perhaps a foreign word's; look-alikes and nothing else.
_NO_LATIN, _STRANGE, _UNCLEAR, _LIKELY, _FIRM, _SURE = range(6)


@lru_cache(maxsize=65536)
def _reading(word: str) -> tuple[str | None, int]:
    """A mixed word spelt in Latin, None if it has letters without a twin; and how sure it is that it is Latin."""
    table = _character_bits()
    kept = [(letter, int(table[ord(letter)])) for letter in word]
    kept = [(letter, kind) for letter, kind in kept if kind != _INVISIBLE]
    spelt = [letter if kind & (_LATIN | _MARK) else _plain(letter) for letter, kind in kept]
    foreign = [at for at, (_, kind) in enumerate(kept) if not kind & (_LATIN | _MARK)]
    share = 1 - len(foreign) / len(kept)
    if None in spelt:
        strange = share > 0.6 and all(_within(kept, at) for at in foreign) and _PHONETIC.search(word) is None
        return None, _STRANGE if strange else _NO_LATIN
    latin = "".join(letter for letter in spelt if letter)
    certainties = [_certainty(kept, spelt, at, share) for at in foreign] or [_SURE]
    # No symbol stands in a word beside a letter that is no symbol.
    least = _LIKELY if max(certainties) >= _FIRM and share > 0.5 else _NO_LATIN
    return latin, max(min(certainties), least)


def _within(kept: list[tuple[str, int]], at: int) -> bool:
    """Whether a small letter stands among small Latin letters; a Cyrillic one may stand at the edge as well."""
    letter, kind = kept[at]
    around = kept[max(at - 1, 0) : at] + kept[at + 1 : at + 2]
    small = all(kind == _LATIN and (other.islower() or at == 1) for other, kind in around)
    return letter.islower() and small and (kind == _CYRILLIC or len(around) == 2)


def _certainty(kept: list[tuple[str, int]], spelt: list[str | None], at: int, share: float) -> int:
    """How sure it is that a letter with a twin is nothing but a look-alike."""
    letter, kind = kept[at]
    if letter in _strict():
        # "Сhongqing" in a list of names: a slip of the keyboard in text of two scripts, an attack elsewhere.
        return _SURE if kind == _GREEK or share >= 0.5 else _FIRM
    latin = "".join(other or "" for other in spelt)
    before, after = latin[at - 1 : at] if at else "", latin[at + 1 : at + 2]
    # "LibrεOffice" is glued of words, but "FcεRI" is a name.
    glued = latin[max(at - 2, 0) : at].islower() and _CAPITALISED.match(latin, at + 1) is not None and at > 1
    within = before.islower() and (after.islower() or glued)
    if letter in _SYMBOLS:
        rest = latin[:at] + latin[at + 1 :]
        # As symbols these stand alone, or beside a letter or two ("hν", "ηp"), ι and υ not even there.
        plainly = rest[1:].islower() or (at == len(rest) > 5 and rest[-3:].islower())  # "LibreOfficε"
        edge = letter in "εηκνρςτχω" and len(rest) > 2 and plainly and rest not in _FUNCTIONS
        edge = edge or (at == 1 and len(rest) > 2 and rest[1:].islower())  # "Hαus", but "Hα", "Cα"
        edge = edge or (letter == "α" and _no_symbol(rest, opens=at == 0))
        if within and share > 0.5:
            return _FIRM
        return _LIKELY if letter in "ιυ" or (edge and share > 0.5) else _UNCLEAR
    if kind == _STYLED:
        if within:
            return _SURE
        return _LIKELY if len(latin) >= 3 and (at or not _ORDINAL.fullmatch(latin[1:])) else _UNCLEAR
    if kind == _WIDE:
        return _SURE
    return _FIRM if share > 0.5 or len(latin) < 3 else _UNCLEAR


def _no_symbol(rest: str, *, opens: bool) -> bool:
    """Whether an α before or after the rest of a word is an "a": "αpplied" and "tareα", but "αsynuclein", "IFNα"."""
    if len(rest) < 3 or not rest[1:].islower() or not (rest[0].islower() or len(rest) > 5) or rest in _FUNCTIONS:
        return False
    if opens and _NO_BEGINNING.match(rest):
        return True
    return _SUBSTANCE.search(rest) is None and _SCIENCE.match(rest) is None


def _in_other_alphabets(text: str, words: list[_Word], starts: NDArray[np.intp], masks: Bits) -> Iterator[Trace]:
    """Words of Cyrillic and Greek text with look-alikes: Latin ones only if many, of several kinds, and no habit."""
    blocks = max(1, len(text) // _BLOCK)  # what is left over belongs to the last block
    for alphabet in (_CYRILLIC, _GREEK):
        own = [word for word in words if word.mask & alphabet]
        for _, members in groupby(own, key=lambda word: min(word.start // _BLOCK, blocks - 1)):
            yield from _in_block(text, list(members), alphabet, starts, masks)


def _in_block(text: str, words: list[_Word], alphabet: int, starts: NDArray[np.intp], masks: Bits) -> Iterator[Trace]:
    """The words of one block of text that were not typed so by habit or in a slip."""
    table = _character_bits()
    back = _backwards(alphabet)
    candidates: list[tuple[_Word, str, set[str]]] = []
    unclear: list[tuple[_Word, str, set[str]]] = []
    for word in words:
        kept = [letter for letter in word.text if table[ord(letter)] != _INVISIBLE]
        foreign = {letter for letter in kept if not table[ord(letter)] & (alphabet | _MARK)}
        twins = {letter: _back(letter, back) for letter in foreign}
        if not foreign or None in twins.values():
            continue
        spelt = "".join(twins.get(letter) or letter for letter in kept)
        own = sum(bool(table[ord(letter)] & alphabet) for letter in kept)
        if 2 * own < len(kept):
            unclear.append((word, spelt, foreign))
        elif word.mask & _ALPHABETS & ~(alphabet | _LATIN):
            yield _trace("X402", word, spelt)
        else:
            candidates.append((word, spelt, foreign))
    strewn = _strewn(_text_around(text, [word for word, _, _ in candidates]), candidates, back)
    if not strewn:
        return
    first, last = words[0].start - _AROUND, words[-1].end + _AROUND
    unclear.extend(_latin_words(text, first, last, back, starts, masks))
    for word, spelt, foreign in (*candidates, *unclear):
        if foreign & strewn:
            yield _trace("X401", word, spelt)


def _strewn(near: str, candidates: list[tuple[_Word, str, set[str]]], back: dict[str, str]) -> set[str]:
    """The Latin letters that were strewn into text, which is `near`, of another alphabet; empty for habits and slips.

    A habit takes most places of a letter, a person's slips one kind of letter or one word. Letters that are strewn
    in are of several kinds, stand in several words, and most places of each letter are right.
    """
    wrong = Counter(letter for word, _, foreign in candidates for letter in word.text if letter in foreign)
    right = {letter: near.count(_back(letter, back) or "") for letter in wrong}
    slips = {letter for letter, count in wrong.items() if 2 * count <= right[letter]}
    words = sum(foreign <= slips for _, _, foreign in candidates)
    places = sum(right[letter] for letter in slips)
    share = sum(wrong[letter] for letter in slips) / max(places, 1)
    for kinds, fewest, enough, most in _STREWN:
        if len(slips) >= kinds and words >= fewest and places >= enough and share <= most:
            # A letter that is rare in this text, a capital say, may have no right place in it.
            return {letter for letter in back if wrong[letter] <= max(right.get(letter, 0), 2)}
    return set()


def _latin_words(
    text: str, first: int, last: int, back: dict[str, str], starts: NDArray[np.intp], masks: Bits
) -> Iterator[tuple[_Word, str, set[str]]]:
    """Words of one or two small Latin letters, between `first` and `last`, that words of the alphabet may be."""
    low, high = np.searchsorted(starts, (first, last))
    for at in (np.flatnonzero(masks[low:high] == _LATIN) + low).tolist():
        match = _SHORT.match(text, int(starts[at]))
        if match is not None and all(letter in back for letter in match.group()):
            word = match.group()
            yield _Word(word, *match.span(), _LATIN), "".join(back[letter] for letter in word), set(word)


def _text_around(text: str, words: list[_Word]) -> str:
    """The text near words, each part once; the words are in order."""
    parts: list[str] = []
    last = 0
    for word in words:
        parts.append(text[max(last, word.start - _AROUND) : word.end + _AROUND])
        last = word.end + _AROUND
    return "".join(parts)


@cache
def _backwards(alphabet: int) -> dict[str, str]:
    """Latin letter → letter of the alphabet that it looks like."""
    table = _character_bits()
    pairs = [pair for pair in _STRICT.split() if table[ord(pair[0])] == alphabet]
    extra = "αa υu νv ρp ιi κk τt" if alphabet == _GREEK else ""
    return {pair[1]: pair[0] for pair in (*extra.split(), *reversed(pairs))}


def _back(letter: str, back: dict[str, str]) -> str | None:
    own = back.get(letter)
    if own is None:
        plain = _plain(letter)
        own = None if plain is None else back.get(plain)
    return own


def _invisible(text: str, starts: list[int], ends: list[int], masks: list[int]) -> Iterator[Trace]:
    table = _character_bits()
    right_to_left = _RIGHT_TO_LEFT.search(text) is not None
    for start, end, mask in zip(starts, ends, masks, strict=True):
        run = text[start : min(end, start + _LONGEST)]
        places = [at for at, letter in enumerate(run) if table[ord(letter)] == _INVISIBLE]
        within = [at for at in places if _between_letters(run, at, table)]
        if within and not mask & _OTHER:
            mark = run[within[0]]
            code = "X404" if mark in _BIDI else "X405" if _selects(mark) else "X403"
            plain = "".join(letter for letter in run if table[ord(letter)] != _INVISIBLE).replace("\u00ad", "")
            yield Span(code, start, start + len(run), 4.0, plain, detail=_name(mark)), True
            continue
        for at in places:
            span = _stray(text, start + at, mask, right_to_left)
            if span is not None:
                yield span, False


def _between_letters(run: str, at: int, table: Bits) -> bool:
    """Whether letters of alphabets that need no invisible characters stand on both sides."""
    before, after = at - 1, at + 1
    while before >= 0 and table[ord(run[before])] & (_INVISIBLE | _MARK):
        before -= 1
    while after < len(run) and table[ord(run[after])] & (_INVISIBLE | _MARK):
        after += 1
    return before >= 0 and after < len(run)


def _stray(text: str, at: int, mask: int, right_to_left: bool) -> Span | None:
    """An invisible character that is in no word: None where it has work to do."""
    mark = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if mask & _OTHER or (not at and mark == "\ufeff"):
        return None
    if mark in _BIDI:
        return None if right_to_left else Span("X404", at, at + 1, 0.5, detail=_name(mark))
    symbol = bool(before) and (ord(before) > 0x2000 or before in "0123456789#*©®")
    if symbol and (_selects(mark) or mark == "\u200d" or "\U000e0020" <= mark <= "\U000e007f"):
        return None
    if _selects(mark):
        return Span("X405", at, at + 1, 0.5, detail=_name(mark))
    if ord(after or " ") > 0x2FFF or (symbol and ord(before) > 0x2FFF):
        return None
    return Span("X403", at, at + 1, 0.5, detail=_name(mark))


def _selects(mark: str) -> bool:
    return "\ufe00" <= mark <= "\ufe0f" or "\U000e0100" <= mark <= "\U000e01ef" or "\u180b" <= mark <= "\u180f"


def _stacks(text: str) -> Iterator[Trace]:
    for match in _STACK.finditer(text):
        start = max(0, match.start() - 1)
        yield Span("X406", start, min(match.end(), start + _LONGEST), 3.0, text[start : start + 1]), True


def _trace(code: str, word: _Word, plain: str | None) -> Trace:
    return Span(code, word.start, word.end, 5.0, plain, detail=_names(word)), True


def _names(word: _Word) -> str:
    """Names of the scripts in a word, in the order of their bits."""
    names = ("Latin", "Greek", "Cyrillic", "mathematical or enclosed", "full-width", "other")
    return " and ".join(name for bit, name in enumerate(names) if word.mask >> bit & 1)


def _name(mark: str) -> str:
    return f"U+{ord(mark):04X} {unicodedata.name(mark, '').lower()}".rstrip()


def _moved(span: Span, paragraph: Paragraph, offset: int) -> Span:
    """The span in offsets of the document, shortened where it would not fit on a screen."""
    shift = paragraph.start - offset
    end = min(span.end, span.start + SHOWN, offset + len(paragraph.text))
    return replace(span, start=span.start + shift, end=end + shift)


@cache
def _character_bits() -> Bits:
    """The kind of every code point, shape (0x110000,)."""
    table = np.zeros(0x110000, np.uint16)
    for kind, blocks in _BLOCKS:
        for block in blocks.split():
            first, _, last = block.partition("-")
            table[int(first, 16) : int(last or first, 16) + 1] = kind
    table.flags.writeable = False
    return table


@cache
def _mixed_masks() -> NDArray[np.bool_]:
    """Which combinations of kinds in a word are worth a look, shape (512,)."""
    wanted = np.zeros(512, bool)
    for mask in range(512):
        alphabets = mask & _ALPHABETS
        several = alphabets & (alphabets - 1)
        wanted[mask] = not mask & _OTHER and (several or alphabets & (_STYLED | _WIDE))
    return wanted
