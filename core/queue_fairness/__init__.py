"""The engine: runs a plan on a real Redis and measures it. It knows no screen."""
