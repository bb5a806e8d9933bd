"""The steps of a run, each idempotent: it looks, does what is missing, and says which of the two it was."""
