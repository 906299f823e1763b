"""What a desk learns: bulletins, outreach, problems, feedback, and what one may ask of it."""
