"""Complaints at a desk: looked at, answered, made good within limits."""
