"""Programs of their own, which stand beside a server."""
