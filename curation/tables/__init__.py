"""What a curated table is: its columns, its key, the rules of its rows, and the codes that the program itself names."""
