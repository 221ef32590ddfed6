"""Answers with the same figures as tables of PxWebApi 2."""
