"""A live server of others, watched without touching it: who waits, since when, who has the workers.

```
 reader ◄── adapter of a library ◄── watcher, a look at a time ──► watch ──► picture ──► faces
 reads only     lanes, hands           budget, turns, losses       history    frozen
```

`watcher.Watcher` is the entrance; README.md says what each library's layout can and cannot tell.
"""
