"""A machine made of fakes: programs on PATH, a Kubernetes API and an Ingress on the loopback address."""
