"""Ring 1: keeps, queues and runs what ring 0 describes. Knows databases and files; knows no web and no plugin."""
