"""Answers with the same figures and codes as SDMX 2.1 and 3.0."""
