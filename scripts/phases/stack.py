"""What stands around the release, and where it goes."""

# In the order of need; a folder's objects name their own namespace or go to that of the release.
FOLDERS = ("metrics-server", "traefik", "postgres", "valkey")

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
