"""gridprio: what priority status does to grid plans, congestion and those who wait."""

__version__ = "0.1.0"
