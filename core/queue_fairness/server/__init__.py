"""The server under test: found or started, understood, reached, and left as it was.

```
 choice.py ─► opening.py: open_server ─┬─► programs.py ─► launcher.py ══pipe══► supervisor.py
 (url.py)          │                   │    which one      start, stop           a program that
                   │                   │                                         owns the server
                   │                   └─► connection.py ─► info.py   who it is, may it be measured
                   ▼                        one per client
                 Server ── connect(name) ─► redis.asyncio.Redis
                   ├────── guard_keys(prefix) ─► key_guard.py ══pipe══► cleaner.py ─► cleanup.py
                   └────── explain(error) ─► faults.py       one sentence for the user
```

Entered by `open_server`:

```python
async with open_server(ServerChoice(redis_url=url)) as server:
    async with server.guard_keys(prefix), server.connect("qf-worker-0") as client:
        ...
        await remove_keys(client, prefix)
```

Import from the modules themselves: the command line needs `choice.py` alone, without redis-py.

Every error that leaves is a `ServerError`, or a `PlanError` for a choice that makes no sense.
"""
