"""The kernel of every endpoint: parameters, filters, viewsets, pages, negotiation, limits, middlewares and the description."""
