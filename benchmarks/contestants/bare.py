"""The service's application by itself, on one processor as the service keeps to."""

from config.tuning import one_processor_a_worker
from config.wsgi import application

__all__ = ["application"]

one_processor_a_worker()
