"""`python -m maildaemon`."""

from maildaemon.cli import main

main()
