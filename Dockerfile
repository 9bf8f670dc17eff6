# JupyterLab with this project; see docker-compose.yml for the Kafka beside it. Its steps are run without a container engine
# by scripts/check-debian.sh.
#
# Images are named by their full version and not pinned by digest: no image registry was at hand. To pin this one:
#   docker buildx imagetools inspect node:22.23.3-bookworm --format '{{.Manifest.Digest}}'
#   FROM node:22.23.3-bookworm@sha256:<64 digits>
FROM node:22.23.3-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv g++ make openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*

# What is written into a mounted folder belongs to this user: give the ids of the one whose folder it is.
ARG UID=1000
ARG GID=1000
RUN groupmod --non-unique --gid "$GID" node \
 && usermod --non-unique --uid "$UID" --gid "$GID" node \
 && install --directory --owner=node --group=node /app

USER node
WORKDIR /app
COPY --chown=node:node . .
RUN npm run setup

EXPOSE 8888
# The port is published on the host's loopback only; inside the container JupyterLab must listen on every address.
CMD ["npm", "start", "--", "--no-browser", "--host", "0.0.0.0", "--port", "8888", "--brokers", "kafka:9092"]
