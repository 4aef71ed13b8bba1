"""The fault tests: what a8n promises, tried with real processes that are killed, paused and cut off.

`python -m tests.faults` runs the smoke size, `--full` the figures of the table in docs/durability.md. Each scenario
has a load (`load`), a service that it calls (`sink`), somebody who breaks things with a printed seed (`chaos`), and a
judge that reads the database, the sink's file and the answers (`judge`). A run in which no fault hit anything that
ran proves nothing; it is void, and fails.
"""
