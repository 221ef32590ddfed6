"""Questions in anyone's words: read into a query of another endpoint, asked there, and answered in words."""
