"""What the spread manager is made of: pure Python, no LEAN, no I/O, the clock passed in."""
