"""Writes SVG: shapes with classes, texts escaped, coordinates in a tenth of a pixel."""

from collections.abc import Sequence
from html import escape

from queue_fairness.outside import harmless

WIDTH = 440.0
"""Of every picture; a page stretches it to the room that there is."""
FONT = 12.5
"""Size of all text in it."""
CHARACTER = 0.58
BOLD = 0.66
"""About how wide a character is, as a part of its height."""


class Canvas:
    """Shapes, in the order in which they are painted."""

    def __init__(self, height: float, title: str, width: float = WIDTH) -> None:
        """Nothing is drawn yet.

        Args:
            height: In pixels.
            title: What a screen reader says of it.
            width: In pixels.
        """
        self.height = height
        self._width = width
        self._title = title
        self._parts: list[str] = []

    def line(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(
            f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        )

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Lines from point to point; nothing for fewer than two."""
        if len(points) > 1:
            joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            self._parts.append(f'<path class="{kind}" d="M{joined}"/>')

    def boxes(self, boxes: Sequence[tuple[float, float, float, float]], kind: str) -> None:
        """Filled rectangles of one class as one shape: x, y, width, height of each."""
        if boxes:
            drawn = "".join(_box(*each) for each in boxes)
            self._parts.append(f'<path class="{kind}" d="{drawn}"/>')

    def dot(self, at: tuple[float, float], kind: str, radius: float = 3.0) -> None:
        """A circle."""
        self._parts.append(
            f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:g}"/>'
        )

    def text(
        self, at: tuple[float, float], words: str, kind: str = "dim", anchor: str = "start"
    ) -> None:
        """One line of text; anything that would be markup is shown as it is."""
        if words:
            self._parts.append(
                f'<text class="{kind}" x="{at[0]:.1f}" y="{at[1]:.1f}" '
                f'text-anchor="{anchor}">{escape(harmless(words))}</text>'
            )

    def group(self, inner: str, at: tuple[float, float]) -> None:
        """Shapes of another canvas, moved."""
        self._parts.append(f'<g transform="translate({at[0]:g} {at[1]:g})">{inner}</g>')

    @property
    def shapes(self) -> str:
        """What was drawn, without the element around it."""
        return "".join(self._parts)

    def svg(self, attributes: str = "", style: str = "", about: str = "") -> str:
        """The whole element.

        Args:
            attributes: More of them, written out.
            style: A sheet of our own.
            about: A text that goes with it and is not seen.
        """
        sheet = f"<style>{style}</style>" if style else ""
        sheet += f"<desc>{escape(harmless(about))}</desc>" if about else ""
        return (
            f'<svg {attributes} viewBox="0 0 {self._width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(harmless(self._title))}" font-size="{FONT}">'
            f"{sheet}{self.shapes}</svg>"
        )


def _box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle whose edges are rounded, not its size: neighbors leave no gap."""
    left, right, top, bottom = (round(each, 1) for each in (x, x + width, y, y + height))
    wide = right - left
    return f"M{left:.1f} {top:.1f}h{wide:.1f}v{bottom - top:.1f}h-{wide:.1f}z"


def text_width(words: str, character: float = CHARACTER) -> float:
    """About how wide a text is, in pixels."""
    return len(words) * FONT * character


def cut(words: str, width: float, character: float = CHARACTER) -> str:
    """A text that is no wider than this, its end left out where it has to be."""
    most = max(1, int(width / (FONT * character)))
    return words if len(words) <= most else f"{words[: most - 1]}…"
