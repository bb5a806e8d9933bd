"""Shows that each promise of the guide has a test that fails when the behaviour is taken out.

Needs what the tests need; `python -m tests.prove` (make prove).
"""
