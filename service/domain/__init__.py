"""Models and services: plain synchronous functions that take a Session; no HTTP here."""
