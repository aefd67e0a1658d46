"""The screens: which widgets, where, and which keys."""
