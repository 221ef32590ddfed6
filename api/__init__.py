"""Everything that answers a program over HTTP: the API, its dialects and its descriptions."""
