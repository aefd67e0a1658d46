"""Runs on file: facts recorded while a run goes on, and played back as if it went on again."""
