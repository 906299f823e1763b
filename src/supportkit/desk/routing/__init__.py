"""Cases and people at a desk: who is asked, who gets what, whose turn it is."""
