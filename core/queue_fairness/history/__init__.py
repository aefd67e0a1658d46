"""Results that are kept: one SQLite file in the user's data directory, a row for each.

```
place   where the file is, or why nothing is kept
entry   what a row says, taken from a result's document
store   the file: opened for each deed, shared by programs, replaced where it is damaged
```
"""
