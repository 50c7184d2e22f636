//! Pure computation of gridprio. Never reads files, never prints, knows nothing of Python.
