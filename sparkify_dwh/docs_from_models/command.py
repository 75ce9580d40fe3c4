"""The command line of the generated pages; exit code 1 when ``--check`` finds a stale one."""

from collections.abc import Sequence
from pathlib import Path

import click

from sparkify_dwh.console import run_command

#: The checkout that this module stands in.
CHECKOUT = Path(__file__).parents[2]


@click.command(name="python -m sparkify_dwh.docs_from_models")
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is stale.")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=CHECKOUT,
    help="Top of the checkout; by default the one that this package lies in.",
)
def command(check: bool, project: Path) -> int:
    """Generate the data dictionary, the diagrams and the lists of queries and commands."""
    # Only now: --help should not wait for SQLAlchemy.
    from sparkify_dwh.docs_from_models.pages import generated_pages

    pages = generated_pages(project)
    stale = {path: text for path, text in pages.items() if _content(path) != text}
    for path, text in stale.items():
        click.echo(f"{'stale' if check else 'wrote'}: {path.relative_to(project)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if not stale:
        click.echo(f"up to date: {len(pages)} pages")
    return 1 if check and stale else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
