"""All cases; each is to be run with many seeds."""

from fairness.families import FAMILIES
from fairness.size_cases import SIZES
from fairness.table_cases import TABLE
from fairness.trick_cases import TRICKS

__all__ = ["CASES", "FAMILIES", "SIZES", "TABLE", "TRICKS"]

CASES = (*TABLE, *SIZES, *TRICKS, *FAMILIES)
