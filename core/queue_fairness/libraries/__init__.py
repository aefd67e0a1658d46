"""Public queue libraries under test: each in an environment of its own, over a pipe.

```
environments   what uv or npm fetches, in the user's cache folder; never into ours
```
"""
