"""The command line: options, sub-commands, runs without a screen, output and exit status."""
