"""`python -m a8n_web.cli` is the command, for processes that start others of the same installation."""

from a8n_web.cli import main

main()
