"""Letters that look like Latin ones, and how sure it is that a word with them is a Latin word.

Source: Unicode UTS #39 (confusables.txt) for the twins, widened by letters that merely resemble.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from quality.features.scripts_characters import CYRILLIC, GREEK, INVISIBLE, LATIN, MARK, STYLED, WIDE, character_bits

__all__ = ["LIKELY", "LOOK_ALIKE", "NO_LATIN", "STRANGE", "SURE", "backwards", "reading", "spelt_back", "strict_twins"]

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
#: Letters of the International Phonetic Alphabet: Greek β, θ and χ among them are sounds.
_PHONETIC = re.compile("[ɐ-ʯˈˌːˑ]")
_CAPITALISED = re.compile("[A-Z][a-z]")
_ORDINAL = re.compile(r"(?:th|st|nd|rd|ter|te|ten|s)\Z")
#: All that attacks on Latin text are made of.
LOOK_ALIKE = re.compile("[\u0370-\u052f\u13a0-\u13fd\u24b6-\u24e9\ua4d0-\ua4f7\uff21-\uff5a\U00010400-\U0001f149]")
#: What the foreign letters of a word may be: letters of a foreign word; letters without a twin, but out of place;
#: symbols or look-alikes; hardly symbols; no symbols, but perhaps a foreign word's; look-alikes and nothing else.
NO_LATIN, STRANGE, _UNCLEAR, LIKELY, _FIRM, SURE = range(6)


@cache
def _twins() -> dict[str, str]:
    """Letter → Latin letter that it looks like."""
    return {pair[0]: pair[1] for pair in f"{_LOOSE} {_STRICT}".split()}


@cache
def strict_twins() -> frozenset[str]:
    """Letters that are nearly the same glyph as a Latin one."""
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


@lru_cache(maxsize=65536)
def reading(word: str) -> tuple[str | None, int]:
    """A mixed word spelt in Latin, None if it has letters without a twin; and how sure it is that it is Latin."""
    table = character_bits()
    kept = [(letter, int(table[ord(letter)])) for letter in word]
    kept = [(letter, kind) for letter, kind in kept if kind != INVISIBLE]
    spelt = [letter if kind & (LATIN | MARK) else _plain(letter) for letter, kind in kept]
    foreign = [at for at, (_, kind) in enumerate(kept) if not kind & (LATIN | MARK)]
    share = 1 - len(foreign) / len(kept)
    if None in spelt:
        strange = share > 0.6 and all(_within(kept, at) for at in foreign) and _PHONETIC.search(word) is None
        return None, STRANGE if strange else NO_LATIN
    latin = "".join(letter for letter in spelt if letter)
    certainties = [_certainty(kept, spelt, at, share) for at in foreign] or [SURE]
    # No symbol stands in a word beside a letter that is no symbol.
    least = LIKELY if max(certainties) >= _FIRM and share > 0.5 else NO_LATIN
    return latin, max(min(certainties), least)


def _within(kept: list[tuple[str, int]], at: int) -> bool:
    """Whether a small letter stands among small Latin letters; a Cyrillic one may stand at the edge as well."""
    letter, kind = kept[at]
    around = kept[max(at - 1, 0) : at] + kept[at + 1 : at + 2]
    small = all(kind == LATIN and (other.islower() or at == 1) for other, kind in around)
    return letter.islower() and small and (kind == CYRILLIC or len(around) == 2)


def _certainty(kept: list[tuple[str, int]], spelt: list[str | None], at: int, share: float) -> int:
    """How sure it is that a letter with a twin is nothing but a look-alike."""
    letter, kind = kept[at]
    if letter in strict_twins():
        # "Сhongqing" in a list of names: a slip of the keyboard in text of two scripts, an attack elsewhere.
        return SURE if kind == GREEK or share >= 0.5 else _FIRM
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
        return LIKELY if letter in "ιυ" or (edge and share > 0.5) else _UNCLEAR
    if kind == STYLED:
        if within:
            return SURE
        return LIKELY if len(latin) >= 3 and (at or not _ORDINAL.fullmatch(latin[1:])) else _UNCLEAR
    if kind == WIDE:
        return SURE
    return _FIRM if share > 0.5 or len(latin) < 3 else _UNCLEAR


def _no_symbol(rest: str, *, opens: bool) -> bool:
    """Whether an α before or after the rest of a word is an "a": "αpplied" and "tareα", but "αsynuclein", "IFNα"."""
    if len(rest) < 3 or not rest[1:].islower() or not (rest[0].islower() or len(rest) > 5) or rest in _FUNCTIONS:
        return False
    if opens and _NO_BEGINNING.match(rest):
        return True
    return _SUBSTANCE.search(rest) is None and _SCIENCE.match(rest) is None


@cache
def backwards(alphabet: int) -> dict[str, str]:
    """Latin letter → letter of the alphabet that it looks like."""
    table = character_bits()
    pairs = [pair for pair in _STRICT.split() if table[ord(pair[0])] == alphabet]
    extra = "αa υu νv ρp ιi κk τt" if alphabet == GREEK else ""
    return {pair[1]: pair[0] for pair in (*extra.split(), *reversed(pairs))}


def spelt_back(letter: str, back: dict[str, str]) -> str | None:
    """The letter of an alphabet, whose `backwards` is given, that a letter stands for or looks like; or None."""
    own = back.get(letter)
    if own is None:
        plain = _plain(letter)
        own = None if plain is None else back.get(plain)
    return own
