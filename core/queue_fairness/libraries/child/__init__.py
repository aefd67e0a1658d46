"""What runs beside this program, with the standard library only."""
