"""The board: a local page on which a meeting changes a plan and sees what follows, from a log of commands."""
