# Backtrail with its locked packages and its two prepared models: no download at run time.
FROM python:3.11-slim-bookworm

WORKDIR /opt/backtrail

# what the lock names and nothing more; every file's hash is checked
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY agents agents
COPY configs configs
COPY flows flows
COPY memory memory
COPY tasks tasks
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
    && useradd --create-home --uid 1000 backtrail \
    && mkdir /data \
    && chown 1000:1000 /data

USER 1000:1000
# the server writes the pages of its UI below /data: it may not write where its package lies
ENV BACKTRAIL_HOME=/data/store \
    BACKTRAIL_CACHE=/data/cache \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_UI_STATIC_DIRECTORY=/data/prefect/ui
RUN python -m agents.models.export --cache /data/cache/models
VOLUME /data

CMD ["backtrail", "--help"]
