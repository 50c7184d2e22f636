"""Frozen arrays that flow between the rooms; no logic lives here."""
