"""Journeys of people through the builder, in a real browser against a real server."""
