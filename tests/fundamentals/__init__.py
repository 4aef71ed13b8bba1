"""a8n from the ground up, as tests: read the files in order of their numbers, from top to bottom.

Each begins with its idea in plain words; what follows is what an author of plugins or workflows would write. They need
nothing but `a8n` and `a8n.testing`.
"""
