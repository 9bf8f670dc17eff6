# JupyterLab with this project; see docker-compose.yml for the Kafka beside it.
FROM node:22-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv g++ make openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY . .
RUN npm run setup

EXPOSE 8888
# The port is published on the host's loopback only; inside the container JupyterLab must listen on every address.
CMD ["npm", "start", "--", "--no-browser", "--host", "0.0.0.0", "--port", "8888", "--brokers", "kafka:9092"]
