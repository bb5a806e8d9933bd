"""One module a resource: routers only, thin."""
