"""Turns a run's journal and results into tables and pages."""
