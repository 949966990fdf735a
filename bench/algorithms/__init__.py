"""Algorithms that are measured: LEAN algorithms, run by the replay (and as they are by LEAN)."""
