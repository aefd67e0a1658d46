"""Charts: scales and ticks, bars, curves; plotext behind one module."""
