"""Needs nothing but the locked packages."""
