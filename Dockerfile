# Backtrail with its locked packages and its prepared models: no download at run time.
FROM python:3.11-slim-bookworm AS base
WORKDIR /opt/backtrail

# as `make setup` does it: what the lock names and nothing more, every file's hash checked; what
# the models were made from is removed, and stays behind in this stage
FROM base AS made
COPY .ci .ci
COPY requirements.lock ./
RUN python -m venv .venv && bash .ci/install.sh --compile --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY agents agents
COPY configs configs
COPY flows flows
COPY memory memory
COPY tasks tasks
RUN bash .ci/install.sh --no-build-isolation -e . \
    && bash .ci/graphs.sh \
    && .venv/bin/python -m compileall -q agents configs flows memory tasks

FROM base
COPY --from=made /opt/backtrail /opt/backtrail
RUN useradd --create-home --uid 1000 backtrail \
    && install -d -o 1000 -g 1000 /data

USER 1000:1000
# the server writes the pages of its UI below /data: it may not write where its package lies
ENV PATH=/opt/backtrail/.venv/bin:$PATH \
    BACKTRAIL_HOME=/data/store \
    BACKTRAIL_CACHE=/data/cache \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_UI_STATIC_DIRECTORY=/data/prefect/ui
VOLUME /data

# the models stay in the image, so that an empty volume and one of an older image find those of this one
ENTRYPOINT ["sh", "-c", "mkdir -p $BACKTRAIL_CACHE/models && ln -sfn /opt/backtrail/data/cache/models/graphs $BACKTRAIL_CACHE/models/graphs && exec \"$0\" \"$@\""]
CMD ["backtrail", "--help"]
