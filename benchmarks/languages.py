"""False alarms of scripts and encodings on clean text of some thirty languages, and how many attacked words are found.

    for one in ca cs da de el en-us es et eu fi fr gl hi hu id it ja ko nl om pl pt ru sl sv tr vi; do
        apt-get download libreoffice-help-$one; done
    for one in mk nb ro sr tr uk; do apt-get download manpages-$one; done
    for one in *.deb; do dpkg -x $one packages; done
    python benchmarks/languages.py packages

The text is what people wrote and translated for LibreOffice's help and manual pages, as Debian packages it. The tables
are those of `quality.training.attacks`.
"""

from __future__ import annotations

import argparse
import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path

from quality.training.attacks import print_tables

_HELP = re.compile(r"<(p|h\d|td)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ROFF = re.compile(r"\\f(?:\[\w*\]|\(..|.)|\\m?\[[^\]]*\]|\\[&/,|^]|\\\((?:..)|\\s[-+]?\d+")


def help_pages(root: Path) -> Iterator[tuple[str, str]]:
    """Language and text of every page of LibreOffice's help."""
    for path in sorted(root.rglob("help/*/text/**/*.html")):
        language = path.relative_to(root).as_posix().split("help/")[1].split("/")[0]
        page = path.read_text(encoding="utf-8").partition("DisplayArea")[2]  # behind the menus
        lines = (html.unescape(_TAG.sub("", found.group(2))) for found in _HELP.finditer(page))
        yield language.lower(), " ".join(" ".join(lines).split())


def manual_pages(root: Path) -> Iterator[tuple[str, str]]:
    """Language and text of every manual page: the lines that are no commands, without changes of font."""
    for path in sorted(root.rglob("man/*/man*/*.gz")):
        language = path.relative_to(root).as_posix().split("man/")[1].split("/")[0]
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            lines = [line for line in stream if not line.startswith((".", "'"))]
        text = _ROFF.sub("", "".join(lines)).replace("\\-", "-").replace("\\e", "\\").replace("\\ ", " ")
        yield language.lower(), " ".join(text.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="where the packages were unpacked")
    root = parser.parse_args().root
    texts: dict[str, list[str]] = {}
    for pages in (help_pages(root), manual_pages(root)):
        for language, text in pages:
            if text:
                texts.setdefault(language, []).append(text)
    print_tables(texts)


if __name__ == "__main__":
    main()
