# The hub as a container: `hub serve` by default, any other command as its argument.
FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /opt/hub
# The lock alone first, so that a change of code does not install everything again.
COPY requirements/run.lock requirements/run.lock
RUN /opt/hub/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement requirements/run.lock
COPY pyproject.toml ./
COPY hub hub
COPY schema schema
COPY connectors connectors
COPY demo demo
COPY migrations migrations
RUN /opt/hub/bin/pip install --no-cache-dir --disable-pip-version-check \
    --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/hub --create-home hub
COPY --from=build /opt/hub /opt/hub
ENV PATH=/opt/hub/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HUB_HOME=/var/lib/hub
USER 10001
VOLUME /var/lib/hub
EXPOSE 8470
ENTRYPOINT ["hub"]
CMD ["serve"]
