"""How a plan becomes public, and what is kept of every release: its digest, its package, its history, and backups of all."""
