"""Drills: do to the release what happens to releases, while a load runs, and hold what was lost against a budget.

Each drill says its budget before it starts, and has a negative control that must exceed it: where the control passes,
the drill proves nothing. What a drill changed is as before when it ends, also where it fails.
"""
