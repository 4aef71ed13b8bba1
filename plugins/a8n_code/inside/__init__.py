"""What runs in the child process beside the author's code. It imports the standard library alone."""
