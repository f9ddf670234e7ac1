"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["input_options", "models_option"]

F = TypeVar("F", bound=Callable[..., Any])

models_option = click.option(
    "--models", "models_directory", metavar="DIR", help="Models to use instead of those in the package."
)


def input_options(command: F) -> F:
    """What every command that reads and scores takes."""
    for decorate in reversed(
        (
            click.argument("paths", nargs=-1, required=True, metavar="PATH..."),
            click.option(
                "--language",
                default="auto",
                show_default=True,
                metavar="CODE",
                help="Language of all input (de, en …), instead of finding it out.",
            ),
            click.option(
                "--jobs",
                type=click.IntRange(min=1),
                default=1,
                show_default=True,
                metavar="N",
                help="Processes to score with.",
            ),
            click.option(
                "--text-field",
                default="text",
                show_default=True,
                metavar="NAME",
                help="Field of a JSONL record that holds its text.",
            ),
            click.option(
                "--id-field",
                default="id",
                show_default=True,
                metavar="NAME",
                help="Field of a JSONL record that holds its id.",
            ),
            click.option(
                "--encoding", default="utf-8", show_default=True, metavar="NAME", help="Encoding of all input."
            ),
            models_option,
        )
    ):
        command = decorate(command)
    return command
