"""A fictional province in the form in which the capacity map is published, and the study that comes of it."""
