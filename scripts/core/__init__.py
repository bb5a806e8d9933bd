"""What every phase stands on: programs, signals, files, the Kubernetes API, errors and the record of what happened."""
