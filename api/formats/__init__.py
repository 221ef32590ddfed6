"""Writes tables as bytes, a module a format, and sends them whole, in ranges or as a stream."""
