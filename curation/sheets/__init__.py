"""Files of an office as rows of the curated tables: the reader, grids and layouts, lists of tasks, and the template."""
