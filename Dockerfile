# build    installs the locked dependencies and compiles everything once
# runtime  holds them and the code, and nothing to build with: this is the image
# dev      runtime that takes changed files and loads them (skaffold dev)
# verify   the tests that need only a release's address (skaffold verify)
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
# Only `strip` is used of it, and nothing of this stage's system is kept.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
COPY requirements/service.txt /tmp/requirements.txt
# Wheels carry debug symbols: 16 MB in uvloop alone. What auditwheel patched (*.libs) is left as it is.
# The cache is a mount, so nothing of it is in a layer.
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    python3 -m pip install --cache-dir /var/cache/pip --require-hashes --no-compile --root-user-action ignore --target /opt/slipway --requirement /tmp/requirements.txt \
 && find /opt/slipway -name '*.so' -not -path '*.libs/*' -exec strip --strip-debug {} + \
 && rm -rf /opt/slipway/bin
# What nothing loads: packages' own tests, what type checkers and compilers read, databases that the settings refuse, Google
# interfaces that OTLP has no use for, and cffi but for its backend, because the one binding of it (Argon2's) is compiled.
RUN find /opt/slipway -depth \( -type d \( -name tests -o -name testing \) -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ch]' -o -name RECORD \) -exec rm -rf {} + \
 && find /opt/slipway/google -mindepth 1 -maxdepth 1 ! -name protobuf ! -name _upb ! -name rpc -exec rm -rf {} + \
 && find /opt/slipway/sqlalchemy/dialects -depth -type d \( -name mssql -o -name mysql -o -name oracle \) -exec rm -rf {} + \
 && rm -rf /opt/slipway/cffi /opt/slipway/pycparser
COPY service /opt/slipway/service
# Compiled once here: at run time the root file system is read-only.
RUN python3 -m compileall -q -j 2 --invalidation-mode unchecked-hash /opt/slipway

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="slipway" \
      org.opencontainers.image.description="A FastAPI service that stays up while it is replaced" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* /usr/lib/python3/dist-packages/pip* /usr/bin/pip*
COPY --from=build /opt/slipway /opt/slipway
ENV PYTHONPATH=/opt/slipway \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SLIPWAY_HOST=0.0.0.0
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000 9000
ENTRYPOINT ["python3", "-m", "service"]
CMD ["serve"]

FROM runtime AS dev
# /tmp is the one place a pod can write to. What is compiled would be believed over a changed file, so it stays behind.
ENV PYTHONPATH=/tmp:/opt/slipway \
    SLIPWAY_RELOAD=true
ENTRYPOINT ["/bin/sh", "-c", "cp -r /opt/slipway/service /tmp/ && find /tmp/service -name __pycache__ -prune -exec rm -rf {} + && exec python3 -m service \"$@\"", "service"]
CMD ["serve"]

FROM ${PYTHON_IMAGE} AS verify
COPY requirements/verify.txt /tmp/requirements.txt
# The cache is a mount, so nothing of it is in a layer.
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    python3 -m pip install --cache-dir /var/cache/pip --require-hashes --root-user-action ignore --target /opt/tests --requirement /tmp/requirements.txt
COPY pyproject.toml /opt/tests/
COPY tests/e2e /opt/tests/tests/e2e
ENV PYTHONPATH=/opt/tests \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /opt/tests
ENTRYPOINT ["python3", "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e/contract"]

# What `docker build` makes when no stage is named.
FROM runtime
