"""Carries a plan out: sessions, runs, workers, the generator of load, faults."""
