"""Answers with figures: observations, series, rankings, structure, targets, and the releases that published them."""
