"""What belongs together: cases that are one matter, records that are one person."""
