"""The settings of a study with their help, for `gridprio run --help`."""

from __future__ import annotations

from rich.table import Table


def settings_table() -> Table:
    from gridprio.inputs.document import parameters

    table = Table(
        "setting", "default", "what", title="Settings (--set KEY=VALUE, or \\[settings] in study.toml)", box=None
    )
    table.title_justify = "left"
    table.columns[0].no_wrap = True
    for parameter in parameters():
        table.add_row(f"[cyan]{parameter.name}[/]", parameter.default, parameter.help)
    return table
