"""The Model Context Protocol at `/mcp`: what agents ask, answered by the same views as the API."""
