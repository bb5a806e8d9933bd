"""The command line: options, what is shown, and the exit code."""
