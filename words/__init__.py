"""How people name things: units of words, vocabulary, the index over all that is held, and the reading of a question."""
