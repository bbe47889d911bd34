# The image of the gateway: built in one stage, run in another without build tools and without root.
ARG BASE=docker.io/library/python:3.13-slim
ARG NODE=docker.io/library/node:24-slim

# hadolint ignore=DL3006
FROM ${NODE} AS web
WORKDIR /src/web
COPY web/ ./
# Where the stage has no npm, the gateway shows Strawberry's own page.
RUN mkdir -p /src/gateway/server/graphiql \
 && if command -v npm >/dev/null; then npm ci --no-audit --no-fund && npm run build; fi

# hadolint ignore=DL3006
FROM ${BASE} AS build
WORKDIR /src
COPY requirements/ requirements/
RUN python3 -m venv /opt/gateway \
 && /opt/gateway/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE schema.graphql ./
COPY gateway/ gateway/
COPY --from=web /src/gateway/server/graphiql/ gateway/server/graphiql/
RUN /opt/build/bin/hatchling build -t wheel \
 && /opt/gateway/bin/pip install --no-cache-dir --no-deps dist/*.whl

# hadolint ignore=DL3006
FROM ${BASE}
LABEL org.opencontainers.image.title="balance-gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
# What is deployed is closed unless its operator opens it: no introspection, GraphiQL or suggestions (docs/production.md).
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000 \
    GATEWAY_PRODUCTION=true
COPY --from=build /opt/gateway /opt/gateway
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python3", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['GATEWAY_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
