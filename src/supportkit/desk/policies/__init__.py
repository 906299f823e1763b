"""The policies a desk decides by: a new one adopted, a second one in the shadow, old decisions made again."""
