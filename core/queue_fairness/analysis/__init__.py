"""What snapshots say, worked out: pure functions of one picture, of several, of a sweep."""
