"""Runs that are killed, meet each other, a full disk or damaged files."""
