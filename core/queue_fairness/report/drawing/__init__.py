"""Draws pictures as SVG, with a writer of its own: colors are classes of `page/pictures.css`."""
