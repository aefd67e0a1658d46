"""The faces: the screens of the terminal program, and the command that opens them."""
