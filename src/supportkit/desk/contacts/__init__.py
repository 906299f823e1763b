"""Contacts at a desk: read, recognised, threaded, decided, answered."""
