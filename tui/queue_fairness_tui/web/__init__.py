"""The screen in a browser: a server on loopback, by textual-serve.

```
browser ──websocket──► server (one process) ──pipe──► the program itself, with its screen (another)
          /TOKEN/ws     server                         terminal/served_driver
```

Whoever has the address, which holds a token, can press the keys of the screen; whoever has not gets
404 for everything. The page asks nobody else for anything, which its own policy forbids.
"""
