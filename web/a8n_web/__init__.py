"""The web: REST API, webhook ingress, live feed, sign-in, and the built builder."""
