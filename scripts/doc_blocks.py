"""Runs the code of a page of docs/ as a reader would: every block in its order, in one directory that has seeds/.

    python scripts/doc_blocks.py docs/tutorial.md

Blocks of `sh` and `python` run; those of Python share their names. Comments, which no reader sees, say more:

    <!-- setup: sh              runs here, up to the line with the end of the comment; or `python`
    <!-- not run: REASON -->    before a block that cannot run here
    <!-- output -->             after a block: the site shows there what it printed
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = "<!-- output -->"

_BLOCK = re.compile(
    r"^(?:"
    r"<!-- setup: (?P<hidden>sh|python)\n(?P<setup>.*?)^-->$"
    r"|(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?```(?P<shown>sh|python)\n(?P<code>.*?)^```$"
    r")(?P<output>\n+" + OUTPUT + r")?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code of a page; `reason` says why it is not run, `output` whether its output is shown."""

    language: str
    code: str
    line: int
    reason: str | None = None
    output: bool = False


def blocks(markdown: str) -> list[Block]:
    """The blocks of a page, in order."""
    found = []
    for match in _BLOCK.finditer(markdown):
        language = match["hidden"] or match["shown"]
        group = "setup" if match["hidden"] else "code"
        line = markdown.count("\n", 0, match.start(group)) + 1
        found.append(Block(language, match[group], line, match["reason"], match["output"] is not None))
    return found


def outputs(page: Path) -> list[str]:
    """What each block with the mark of an output printed. Raises RuntimeError, with the place, where one fails."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copytree(ROOT / "seeds", directory / "work" / "seeds")
        command = directory / "bin" / "quality"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m quality "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("QUALITY_", "PYTHONWARNINGS"))}
        environment = kept | {
            # As in an environment that is activated.
            "PATH": os.pathsep.join([str(command.parent), str(Path(sys.executable).parent), kept["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "NO_COLOR": "1",
            "COLUMNS": "76",
            "MPLBACKEND": "agg",
        }
        run = subprocess.run(
            [sys.executable, __file__, "--here", str(page.resolve())],
            cwd=directory / "work",
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=600,
        )
    if run.returncode:
        raise RuntimeError(f"{page.name}: {run.stderr.strip()}")
    return list(json.loads(run.stdout.splitlines()[-1]))


def _run(page: Path) -> Iterator[str]:
    """Run the blocks of a page in the current directory; what those printed whose output is shown."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.reason is not None:
            continue
        print(f"line {block.line}", file=sys.stderr)
        printed = _sh(block) if block.language == "sh" else _python(block, page, names)
        if block.output:
            yield printed


def _sh(block: Block) -> str:
    command = ["bash", "-euo", "pipefail", "-c", block.code]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout


def _python(block: Block, page: Path, names: dict[str, Any]) -> str:
    # On the lines that it has in the page, for the traceback.
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return printed.getvalue()


if __name__ == "__main__":
    if sys.argv[1] == "--here":
        print(json.dumps(list(_run(Path(sys.argv[2])))))
    else:
        print("\n".join(outputs(Path(sys.argv[1]))))
