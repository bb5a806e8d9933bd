"""A compact FastAPI service that behaves well in production."""

__version__ = "0.1.0"
