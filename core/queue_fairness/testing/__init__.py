"""For the tests of others: a pytest plugin, and hypothesis strategies for loads.

```
plugin   entry point `pytest11`: options, marker, fixture `fairness`; loads nothing until it is used
meter    what the fixture gives: measures on one server a session, keeps and tells the results
loads    hypothesis strategies; the only module that needs hypothesis
```
"""
