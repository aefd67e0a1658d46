"""One widget a panel, never one a worker: each paints lines of text from a snapshot."""
