"""Escalations at a desk: who hears of it, how notices leave, what is moved by hand."""
