"""Plain data out of a pickle, without loading it: nothing is imported, nothing is called.

A pickle is a program. Here its steps are only read (`pickletools.genops`), and those that build
plain data are followed; whatever would import or call something becomes an `Opaque`, which keeps
the arguments and does nothing.
"""

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any  # plain data of any shape

LONGEST = 64 * 1024
"""Bytes of a pickle that is looked at."""
MOST_STEPS = 20_000


class UnreadableError(ValueError):
    """A pickle that is damaged, too long, or of steps that are not known here."""


@dataclass(slots=True)
class Opaque:
    """Stands for an object of a class that is not imported."""

    name: str
    """As `module.Class`."""
    arguments: Any = ()


class _Mark:
    """Where a group of values begins on the stack."""


def read_pickle(data: bytes) -> Any:  # noqa: ANN401
    """The plain data in a pickle.

    Raises:
        UnreadableError: It cannot be read.
    """
    if len(data) > LONGEST:
        raise UnreadableError(f"longer than {LONGEST} bytes")
    machine = _Machine()
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if number > MOST_STEPS:
                raise UnreadableError("too many steps")
            if opcode.name == "STOP":
                return machine.stack.pop()
            machine.step(opcode.name, argument)
    except UnreadableError:
        raise
    except Exception as error:
        # Whatever a damaged pickle does to the stack: genops itself raises many kinds.
        raise UnreadableError(type(error).__name__) from error
    raise UnreadableError("no end")


class _Machine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:  # noqa: ANN401
        if name in _IGNORED:
            return
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in _STEPS:
            _STEPS[name](self, argument)
        else:
            raise UnreadableError(name)

    def since_mark(self) -> list[Any]:
        place = len(self.stack) - 1
        while not isinstance(self.stack[place], _Mark):
            place -= 1
            if place < 0:
                raise UnreadableError("no mark")
        group = self.stack[place + 1 :]
        del self.stack[place:]
        return group

    def top(self, number: int) -> list[Any]:
        if len(self.stack) < number:
            raise UnreadableError("stack")
        group = self.stack[len(self.stack) - number :]
        del self.stack[len(self.stack) - number :]
        return group

    def remember(self, place: Any) -> None:  # noqa: ANN401
        self._memo[len(self._memo) if place is None else int(place)] = self.stack[-1]

    def recall(self, place: Any) -> None:  # noqa: ANN401
        self.stack.append(self._memo[int(place)])

    def extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update(
                (key, value)
                for key, value in zip(values[::2], values[1::2], strict=True)
                if isinstance(key, str | int | float | bytes | bool | tuple | None)
            )

    def call(self, callee: Any, arguments: Any) -> None:  # noqa: ANN401
        name = callee.name if isinstance(callee, Opaque) else type(callee).__name__
        self.stack.append(Opaque(name, arguments))

    def build(self) -> None:
        (state,) = self.top(1)
        if self.stack and isinstance(self.stack[-1], Opaque):
            self.stack[-1].arguments = (self.stack[-1].arguments, state)

    def instance(self, argument: Any) -> None:  # noqa: ANN401
        self.stack.append(Opaque(str(argument).replace(" ", "."), tuple(self.since_mark())))


_IGNORED = frozenset({"PROTO", "FRAME", "READONLY_BUFFER"})
_VALUES = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
        *("BYTEARRAY8", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    )
)
_CONSTANTS: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
    "MARK": _Mark,
    "NEXT_BUFFER": lambda: Opaque("buffer"),
}
_STEPS: Mapping[str, Callable[[_Machine, Any], object]] = {
    "LIST": lambda m, _: m.stack.append(m.since_mark()),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.since_mark())),
    "TUPLE1": lambda m, _: m.stack.append(tuple(m.top(1))),
    "TUPLE2": lambda m, _: m.stack.append(tuple(m.top(2))),
    "TUPLE3": lambda m, _: m.stack.append(tuple(m.top(3))),
    "FROZENSET": lambda m, _: m.stack.append(m.since_mark()),
    "ADDITEMS": lambda m, _: m.extend(m.since_mark()),
    "APPEND": lambda m, _: m.extend(m.top(1)),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "DICT": lambda m, _: (lambda v: m.stack.append(dict(zip(v[::2], v[1::2], strict=True))))(
        m.since_mark()
    ),
    "SETITEM": lambda m, _: m.set_items(m.top(2)),
    "SETITEMS": lambda m, _: m.set_items(m.since_mark()),
    "POP": lambda m, _: m.top(1),
    "POP_MARK": lambda m, _: m.since_mark(),
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
    "PUT": lambda m, a: m.remember(a),
    "BINPUT": lambda m, a: m.remember(a),
    "LONG_BINPUT": lambda m, a: m.remember(a),
    "MEMOIZE": lambda m, _: m.remember(None),
    "GET": lambda m, a: m.recall(a),
    "BINGET": lambda m, a: m.recall(a),
    "LONG_BINGET": lambda m, a: m.recall(a),
    "GLOBAL": lambda m, a: m.stack.append(Opaque(str(a).replace(" ", "."))),
    "STACK_GLOBAL": lambda m, _: m.stack.append(Opaque(".".join(map(str, m.top(2))))),
    "REDUCE": lambda m, _: m.call(*m.top(2)),
    "NEWOBJ": lambda m, _: m.call(*m.top(2)),
    "NEWOBJ_EX": lambda m, _: (lambda v: m.call(v[0], v[1:]))(m.top(3)),
    "BUILD": lambda m, _: m.build(),
    "INST": lambda m, a: m.instance(a),
    "OBJ": lambda m, _: (lambda v: m.call(v[0], tuple(v[1:])))(m.since_mark()),
    "PERSID": lambda m, _: m.stack.append(Opaque("persistent")),
    "BINPERSID": lambda m, _: m.call(Opaque("persistent"), m.top(1)),
}
"""What each step does; the machine knows no other."""
