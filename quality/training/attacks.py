"""Homoglyph attacks and wrong decodings made from clean text, and how many of them are found.

    python -m quality.training.attacks FILE...

prints the tables. A file is JSONL, also compressed with xz, whose records have `text`; its language is what stands
before the first "." or after the last "-" of its name. The letters that attacks take are listed here by themselves, not
taken from the detector, and every word is judged: found where it was attacked, false where it was not.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from quality.features.encoding import find_broken_encoding
from quality.features.scripts import find_mixed_scripts

__all__ = ["ALPHABETS", "CODECS", "Count", "attack", "main", "misdecode", "print_tables", "tally"]

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _pairs(letters: str) -> dict[str, tuple[str, ...]]:
    """Of pairs as "aа aα", each a letter and what stands in for it: {"a": ("а", "α")}."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in letters.split():
        found[pair[0]] = (*found.get(pair[0], ()), pair[1])
    return found


#: Letter → what an attack may put in its place, by the script attacked with. The last two are attacks on Cyrillic and
#: Greek text with Latin letters.
ALPHABETS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Cyrillic": _pairs("aа eе oо pр cс yу xх sѕ iі jј AА BВ EЕ KК MМ HН OО PР CС TТ XХ SЅ IІ JЈ"),
    "Cyrillic, all that resembles": _pairs(
        "aа eе oо pр cс yу xх sѕ iі jј hһ dԁ qԛ wԝ lӏ vѵ kк mм tт bЬ rг nп uц "
        "AА BВ EЕ KК MМ HН OО PР CС TТ XХ SЅ IІ JЈ YҮ GԌ WԜ"
    ),
    "Greek": _pairs("oο vν aα iι pρ uυ AΑ BΒ EΕ ZΖ HΗ IΙ KΚ MΜ NΝ OΟ PΡ TΤ YΥ XΧ"),
    "Greek, all that resembles": _pairs(
        "oο vν aα iι pρ uυ yγ kκ nη wω tτ eε xχ bβ AΑ BΒ EΕ ZΖ HΗ IΙ KΚ MΜ NΝ OΟ PΡ TΤ YΥ XΧ cϲ jϳ"
    ),
    "full-width": {letter: (chr(ord(letter) + 0xFEE0),) for letter in _PLAIN},
    "mathematical": {
        letter: tuple(chr(first + at) for first in (0x1D400, 0x1D5A0, 0x1D5D4, 0x1D63C, 0x1D670))
        for at, letter in enumerate(_PLAIN)
    },
    "Latin in Cyrillic": _pairs("аa еe оo рp сc уy хx АA ВB ЕE КK МM НH ОO РP СC ТT ХX іi ѕs јj"),
    "Latin in Greek": _pairs("οo νv αa ιi ρp υu ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX"),
}

#: Character sets that UTF-8 is taken for, as Python or ftfy name them.
CODECS = ("latin-1", "sloppy-windows-1252", "sloppy-windows-1250", "sloppy-windows-1251", "macroman")


@dataclass(slots=True)
class Count:
    """Words in all, changed, changed and found, found though unchanged."""

    words: int = 0
    changed: int = 0
    found: int = 0
    false: int = 0

    @property
    def recall(self) -> float:
        """Share of the changed words that were found, 0..1; NaN without any."""
        return self.found / self.changed if self.changed else float("nan")

    @property
    def false_rate(self) -> float:
        """Words found though unchanged, in 100,000 unchanged ones."""
        return 1e5 * self.false / max(self.words - self.changed, 1)


def attack(text: str, twins: Mapping[str, Sequence[str]], share: float, generator: random.Random) -> str:
    """Replaces `share` (0..1) of all letters, those that have twins, by one of these.

    >>> attack("a bank", {"a": "а"}, 1.0, random.Random(0))
    'а bаnk'
    """
    places = [at for at, letter in enumerate(text) if letter in twins]
    wanted = min(len(places), max(1, round(share * sum(map(str.isalpha, text)))))
    letters = list(text)
    for at in generator.sample(places, wanted):
        letters[at] = generator.choice(twins[text[at]])
    return "".join(letters)


def misdecode(text: str, codec: str, layers: int) -> str | None:
    r"""UTF-8 read as another character set, `layers` times; None where that set has no such bytes.

    >>> misdecode("für", "latin-1", 2)
    'fÃ\x83Â¼r'
    """
    import ftfy.bad_codecs  # noqa: F401 – registers the sloppy codecs

    try:
        for _ in range(layers):
            text = text.encode().decode(codec)
    except UnicodeDecodeError:
        return None
    return text


def tally(count: Count, original: str, changed: str, places: Iterable[tuple[int, int]]) -> None:
    """Adds the words of `changed`, of which `places` were found, to the count; both texts have the same spaces."""
    found = sorted(places)
    at = next_place = 0
    for before, after in zip(original.split(" "), changed.split(" "), strict=True):
        end = at + len(after)
        while next_place < len(found) and found[next_place][1] <= at:
            next_place += 1
        hit = next_place < len(found) and found[next_place][0] < end
        count.words += 1
        count.changed += before != after
        count.found += hit and before != after
        count.false += hit and before == after
        at = end + 1


def _scripts(text: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span, counts in find_mixed_scripts(text) if counts]


def _encodings(text: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span, counts in find_broken_encoding(text) if counts]


# --- the tables ---------------------------------------------------------------------------------------


def _texts(path: Path) -> Iterator[str]:
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            if record.get("kind") not in {"mt", "web-pair"}:
                yield " ".join(str(record["text"]).split())


def _language(path: Path) -> str:
    stem = path.name.split(".jsonl")[0]
    return re.split(r"[.-]", stem)[-1] if "." in stem or path.name.startswith(("lo-", "mo-")) else stem.split("-")[0]


def _windows(texts: Iterable[str], words: int, most: int) -> Iterator[str]:
    """Stretches of so many words, at most `most` of them, spread over the texts, one of each at most."""
    for text in islice(texts, most):
        parts = text.split(" ")
        if len(parts) >= words:
            yield " ".join(parts[:words])


def _written_in(text: str, script: str) -> bool:
    """Whether nine tenths of the letters are Latin, or none of them for another script: nobody has translated some
    parts of every language's help pages."""
    latin = [letter < "\u0250" for letter in text if letter.isalpha()]
    share = sum(latin) / max(len(latin), 1)
    return share > 0.9 if script == "Latin" else share < 0.1


def _attacks(texts: Mapping[str, list[str]], lengths: Sequence[int], shares: Sequence[float], most: int) -> None:
    recalls = [f"recall at {share:.0%}" for share in shares]
    _head("letters replaced", "words a text", *recalls, "worst language", "attacked words", "false in 100,000")
    for name, twins in ALPHABETS.items():
        base = {"Latin in Cyrillic": "Cyrillic", "Latin in Greek": "Greek"}.get(name, "Latin")
        for length in lengths:
            totals = []
            worst = (2.0, "", 0.0)
            for share in shares:
                total = Count()
                for language, pages in texts.items():
                    if _SCRIPTS.get(language, "Latin") != base:
                        continue
                    count = Count()
                    generator = random.Random(f"{name} {length} {share} {language}")
                    written = (page for page in pages if _written_in(page, base))
                    for window in _windows(written, length, most):
                        # What the clean text has by itself is no attack and no false alarm of one.
                        if _written_in(window, base) and not _scripts(window):
                            broken = attack(window, twins, share, generator)
                            tally(count, window, broken, _scripts(broken))
                    worst = min(worst, (count.recall, language, share)) if count.changed else worst
                    for field in ("words", "changed", "found", "false"):
                        setattr(total, field, getattr(total, field) + getattr(count, field))
                totals.append(total)
            false = Count(*(sum(getattr(total, field) for total in totals) for field in Count.__slots__))
            least = f"{worst[0]:.3f} ({worst[1]}, {worst[2]:.0%})"
            found = [f"{total.recall:.4f}" for total in totals]
            _row(name, length, *found, least, false.changed, f"{false.false_rate:.1f}")


def _decodings(texts: Mapping[str, list[str]], most: int) -> None:
    import ftfy

    _head("read as", "layers", "broken words", "found", "of lines that ftfy repairs wholly", "languages")
    for codec in CODECS:
        for layers in (1, 2, 3):
            count, lines = Count(), Count()
            languages = 0
            for pages in texts.values():
                before = count.changed
                for window in _windows(pages, 30, most):
                    broken = misdecode(window, codec, layers)
                    if broken is None or broken == window or broken.count(" ") != window.count(" "):
                        continue
                    places = _encodings(broken)
                    tally(count, window, broken, places)
                    if ftfy.fix_encoding(broken) == window:
                        tally(lines, window, broken, places)
                languages += count.changed > before
            _row(codec, layers, count.changed, f"{count.recall:.4f}", f"{lines.recall:.4f}", languages)


def _clean(texts: Mapping[str, list[str]], most: int) -> None:
    _head("language", "words", "mixed scripts in 100,000", "broken encoding in 100,000", "examples")
    total = [0, 0, 0]
    for language, pages in texts.items():
        words = scripts = encodings = 0
        shown: list[str] = []
        for page in pages:
            words += page.count(" ") + 1
            mixed, broken = _scripts(page), _encodings(page)
            scripts, encodings = scripts + len(mixed), encodings + len(broken)
            shown.extend(ascii(page[start:end]) for start, end in (mixed + broken)[:3])
            if words > most:
                break
        total = [total[0] + words, total[1] + scripts, total[2] + encodings]
        _row(language, words, *(f"{1e5 * count / words:.2f}" for count in (scripts, encodings)), " ".join(shown[:6]))
    _row(f"all {len(texts)}", total[0], *(f"{1e5 * count / total[0]:.2f}" for count in total[1:]), "")


def _head(*names: str) -> None:
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")


def _row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


#: Languages that are not written in Latin letters.
_SCRIPTS = dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn"), "Cyrillic") | {"el": "Greek"}
_SCRIPTS |= dict.fromkeys(
    ("ja", "ko", "zh", "cn", "zh-cn", "km", "dz", "hi", "th", "he", "ar", "fa", "ka", "hy", "bn", "ta"), "other"
)


def print_tables(texts: Mapping[str, list[str]]) -> None:
    """Prints what is found of attacked and wrongly decoded words and in texts as they are, given by language."""
    _attacks(texts, (30, 80, 200), (0.01, 0.02, 0.05), 40)
    _decodings(texts, 20)
    _clean(texts, 300_000)


def main(arguments: Sequence[str]) -> int:
    """Prints how many attacked and wrongly decoded words are found in the texts of some files."""
    texts: dict[str, list[str]] = {}
    for path in map(Path, arguments):
        texts.setdefault(_language(path), []).extend(islice(_texts(path), 3000))
    if not texts:
        print(__doc__)
        return 2
    print_tables(texts)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
