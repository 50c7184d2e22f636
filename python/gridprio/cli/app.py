"""The commands of `gridprio`."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from gridprio import __version__
from gridprio.cli.bench import bench
from gridprio.cli.board import board
from gridprio.cli.bottlenecks import bottlenecks
from gridprio.cli.check import check
from gridprio.cli.compare import compare
from gridprio.cli.delays import delays
from gridprio.cli.demo import demo
from gridprio.cli.guard import guarded
from gridprio.cli.headroom import headroom
from gridprio.cli.info import info
from gridprio.cli.new import new
from gridprio.cli.redispatch import redispatch
from gridprio.cli.report import report
from gridprio.cli.run import RunCommand, run
from gridprio.cli.seal import seal
from gridprio.cli.search import search
from gridprio.cli.tabulate import tabulate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"gridprio {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Say what lies behind an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    if debug:
        logging.basicConfig(level=logging.WARNING)
        logging.getLogger("gridprio").setLevel(logging.DEBUG)


app.command(cls=RunCommand)(guarded(run))
app.command()(guarded(check))
app.command()(guarded(headroom))
app.command()(guarded(redispatch))
app.command()(guarded(bottlenecks))
app.command()(guarded(search))
app.command()(guarded(compare))
app.command()(guarded(tabulate))
app.command()(guarded(seal))
app.command()(guarded(new))
app.command()(guarded(demo))
app.command()(guarded(delays))
app.command()(guarded(report))
app.command()(guarded(board))
app.command()(guarded(bench))
app.command()(guarded(info))
