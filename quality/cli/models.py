"""`quality models` and `quality train`: what scores rest on, and how it is made."""

from __future__ import annotations

from pathlib import Path

import click

from quality.cli.streams import named_models, standard_output

__all__ = ["models", "train"]


@click.group()
def models() -> None:
    """Show or verify the models that scores rest on."""


@models.command("list", epilog="\b\nExample:\n  quality models list\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to list instead of those in the package.")
def list_models(models_directory: str | None) -> None:
    """List the model files, with their sizes and licences."""
    found = named_models(models_directory)
    stream = standard_output()
    files = found.manifest["files"]
    stream.write(f"{found.directory}\nlanguages {', '.join(found.languages)} · signature {found.signature}\n")
    width = max(map(len, files), default=0)
    for name, entry in sorted(files.items()):
        licence = entry.get("licence", "")
        stream.write(f"  {name:<{width}}  {entry['bytes'] / 1e6:6.2f} MB  {licence}".rstrip() + "\n")
    total = sum(entry["bytes"] for entry in files.values())
    stream.write(f"{len(files)} files, {total / 1e6:.2f} MB\n")


@models.command("verify", epilog="\b\nExample:\n  quality models verify --models build/models\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to verify instead of those in the package.")
def verify_models(models_directory: str | None) -> None:
    """Compare every model file with its checksum; exit with 2 at the first that differs."""
    found = named_models(models_directory)
    count = len(found.verify())
    standard_output().write(f"{found.directory}: {count} files, all as the manifest says\n")


@click.command(epilog="\b\nExample:\n  quality train --data ../shared/data --output models --tools build/tools\n")
@click.option("--data", required=True, metavar="DIR", help="Labelled training data.")
@click.option("--output", required=True, metavar="DIR", help="Where the models go.")
@click.option("--tools", required=True, metavar="DIR", help="KenLM's lmplz and build_binary, and WordNet.")
@click.option("--predictions", metavar="FILE", help="Where to write what was said of held-out texts (.jsonl.xz).")
@click.option("--seed", default=0, show_default=True, metavar="N", help="The same seed and data give the same scores.")
def train(data: str, output: str, tools: str, predictions: str | None, seed: int) -> None:
    """Build all models from labelled data."""
    import logging

    from quality.training.build import train as train_models

    logging.basicConfig(level=logging.INFO, format="%(message)s")  # on standard error: it takes half an hour
    judged = None if predictions is None else Path(predictions)
    train_models(Path(data), Path(output), tools=Path(tools), seed=seed, predictions=judged)
