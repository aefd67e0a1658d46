"""Programs that drive one library each, run in that library's own environment.

```
for_NAME.py ── an Adapter ──► peer.py   the pipe to the program that measures
                  │              ▲
                  ▼              │ hub.py   a Unix socket in the run's folder
   the library's own worker processes
   its task function ── desk.py: meet(task) ──┘  "I have got it"; returns when it is done
```

Nothing here imports more of this program than the standard library lets it.
"""
