"""A module that does not get as far as its class."""

raise ValueError("first line\nsecond line")
