"""docs/reference: the command line and the public Python names, made from the commands and from `gridprio.__all__`.

`python -m gridprio.cli.document` writes the pages anew (`make docs`); a test fails when they are not current.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import typer

import gridprio
from gridprio.cli.app import app

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def command_page() -> str:
    """Every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    lines = ["# Command line", "", "<!-- Made by `make docs` from the commands; edit those. -->", ""]
    for name, command in group.commands.items():
        lines += [f"## gridprio {name}", "", command.help.strip(), "", "| name | what | default |", "|---|---|---|"]
        for parameter in command.params:
            words = ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))
            if parameter.param_type_name == "argument":
                words = f"`{(parameter.metavar or parameter.name).replace('|', ' or ')}`"
            default = parameter.show_default if isinstance(parameter.show_default, str) else ""
            lines.append(f"| {words} | {(parameter.help or '').replace('|', '/')} | {default} |")
        lines.append("")
    return "\n".join(lines)


def python_page() -> str:
    """Where each public name is defined; the site fills in its signature and docstring."""
    lines = ["# Python", "", "<!-- Made by `make docs` from gridprio.__all__; edit the docstrings. -->", ""]
    lines += ["`import gridprio` gives these names; each is loaded at its first use.", ""]
    for name in gridprio.__all__:
        value = getattr(gridprio, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            lines += [f"::: {value.__module__}.{value.__qualname__}", ""]
    return "\n".join(lines)


def write() -> None:
    """Both pages."""
    REFERENCE.mkdir(exist_ok=True)
    (REFERENCE / "commands.md").write_text(command_page(), encoding="utf-8")
    (REFERENCE / "python.md").write_text(python_page(), encoding="utf-8")


if __name__ == "__main__":
    write()
