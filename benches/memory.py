"""Largest memory of this process, MB (Linux; elsewhere not a number)."""

from __future__ import annotations

from pathlib import Path


def reset_peak() -> float:
    """Sets the mark of the largest memory of this process back; MB in use (Linux, else NaN)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return float("nan")
    return _status("VmRSS")


def peak() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith(name)), float("nan"))
