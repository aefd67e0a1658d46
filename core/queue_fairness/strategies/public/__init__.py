"""Public queue libraries as strategies: `--strategy rq:round_robin`.

The processes and the pipe are in the room `libraries`; here is what the engine sees of them.
"""
