"""Charts: axes, bars, curves, and plotext."""
