"""Answers what figures and policies refer to: regions, indicators, classifications, units, sources, citations and checks."""
