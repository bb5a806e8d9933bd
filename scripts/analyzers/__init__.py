"""Judgements: pure functions over plain objects, recorded or live. Nothing here runs a program or talks to anything."""
