/** Takes a data folder from whatever state it is in to a broker that answers. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StreamTrainError } from '../errors.ts';
import { InstallError } from '../install/errors.ts';
import { readClusterId, readPorts, writePorts } from './data-folder.ts';
import type { Ports } from './data-folder.ts';
import { BrokerStartError, PortTakenError } from './errors.ts';
import { runStorageTool, spawnServer, adviceFor, logTail, rotateLog } from './jvm.ts';
import type { Runtime, ServerOptions } from './jvm.ts';
import type { ClusterMetadata } from '../kafka/protocol/metadata.ts';
import { requestMetadata } from './wire.ts';
import {
  LOOPBACK,
  chooseFreePorts,
  describePortOwner,
  isPortFree,
  endProcess,
  ended,
  hasEnded,
} from '../process/index.ts';
import { LOGGER_PROPERTIES, serverProperties, scramArguments } from './properties.ts';
import type { ClusterPlace, BrokerSecurity } from './properties.ts';

/** What is to be launched. */
export interface LaunchOptions extends ServerOptions {
  /** The client port; without it the remembered one, or a free one. */
  port?: number;
  /** All ports and the node's place in its cluster; without it the broker is alone. */
  node?: { readonly ports: Ports; readonly place: ClusterPlace };
  /** When it is ready, judging by its own metadata; default: as soon as that lists a broker. */
  isReady?: (metadata: ClusterMetadata) => boolean;
  security?: BrokerSecurity;
  /** The ports of proxies, each in front of an extra listener. */
  proxyPorts?: readonly number[];
  config?: Record<string, string | number | boolean>;
  log?: (line: string) => void;
  /** Give up when the broker does not answer after this long, ms; default 90 000. */
  timeoutMs?: number;
}

/** A broker that answered. */
export interface Launched {
  readonly child: ChildProcess;
  readonly ports: Ports;
  /** From spawning Java to the first answer, ms; formatting a new folder is not in it. */
  readonly startedInMs: number;
}

/** So often a start is tried when a port is taken meanwhile. */
const ATTEMPTS = 3;

/**
 * Settles the ports, formats the folder if it is new, starts the server and waits for its answer to a metadata request.
 *
 * @throws {@link PortTakenError}, {@link BrokerStartError}, {@link InvalidOptionError}
 */
export async function launch(runtime: Runtime, options: LaunchOptions): Promise<Launched> {
  const { data } = options;
  try {
    await fs.mkdir(data.kafkaData, { recursive: true });
    for (let attempt = 1; ; attempt++) {
      const ports = options.node?.ports ?? (await settlePorts(options));
      await writeSettings(options, ports);
      if ((await readClusterId(data)) === undefined) await format(runtime, options);
      await rotateLog(data.logFile);
      try {
        return await startServer(runtime, options, ports);
      } catch (error) {
        // Between the choice of a port and Kafka's use of it lies a second.
        const isPortTaken = error instanceof BrokerStartError && error.isPortTaken;
        if (attempt === ATTEMPTS || options.node || !isPortTaken) throw error;
        options.log?.('another program took a port in the meantime; starting again with others');
      }
    }
  } catch (error) {
    throw sayOfStart(options, error);
  }
}

/** Anything that kept a start from going on, such as a full disk, as the error of a start. */
function sayOfStart(options: LaunchOptions, error: unknown): StreamTrainError {
  return error instanceof StreamTrainError ? error : startError(options, messageOf(error), '', error);
}

/** Writes what Java reads when it starts. */
async function writeSettings(options: LaunchOptions, ports: Ports): Promise<void> {
  const { data, node } = options;
  const place = node ? { place: node.place } : {};
  const text = serverProperties({ ...options, ...place, ports, kafkaData: data.kafkaData });
  await fs.writeFile(data.serverProperties, text, { mode: 0o600 });
  await fs.writeFile(data.loggerProperties, LOGGER_PROPERTIES);
}

async function startServer(runtime: Runtime, options: LaunchOptions, ports: Ports): Promise<Launched> {
  const { data, timeoutMs = 90_000, isReady = ({ brokers }) => brokers.length > 0 } = options;
  const began = performance.now();
  // Another Kafka may have taken the port since it was chosen, and answers there.
  const clusterId = await readClusterId(data);
  const isOurs = (metadata: ClusterMetadata): boolean =>
    metadata.clusterId === clusterId && isReady(metadata);
  const child = spawnServer(runtime, options);
  let spawnFailure: Error | undefined;
  child.once('error', (error) => (spawnFailure = error));
  const end = ended(child);
  try {
    while (!(await answers(ports.client, isOurs))) {
      await Promise.race([end, sleep(20)]);
      if (hasEnded(child)) {
        const how = spawnFailure
          ? messageOf(spawnFailure)
          : `it ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`;
        throw startError(options, how, await logTail(data.logFile), spawnFailure);
      }
      if (performance.now() - began > timeoutMs) {
        throw startError(
          options,
          `no answer on port ${ports.client} in ${timeoutMs / 1000} s`,
          await logTail(data.logFile),
        );
      }
    }
  } catch (error) {
    await endProcess(child, 'SIGKILL');
    throw error;
  }
  return { child, ports, startedInMs: Math.round(performance.now() - began) };
}

async function answers(port: number, isReady: (metadata: ClusterMetadata) => boolean): Promise<boolean> {
  return requestMetadata({ host: LOOPBACK, port, timeoutMs: 1000 }).then(isReady, () => false);
}

/** The ports of last time where they are still free, else new ones; a port asked for by number is that or an error. */
async function settlePorts({ data, port, log, proxyPorts = [] }: LaunchOptions): Promise<Ports> {
  const remembered = await readPorts(data);
  const fresh = await chooseFreePorts(3 + proxyPorts.length);
  const settle = async (old: number | undefined, index: number) =>
    old !== undefined && (await isPortFree(old)) ? old : (fresh[index] ?? 0);
  if (port !== undefined && !(await isPortFree(port))) {
    const owner = await describePortOwner(port);
    throw new PortTakenError({
      port,
      what: `start Kafka on port ${port}`,
      tried: [`${LOOPBACK}:${port}`],
      answered: `${owner} listens there`,
      toDo: `Stop ${owner}, choose another port, or give none: then a free one is chosen.`,
    });
  }
  const client = port ?? (await settle(remembered?.client, 0));
  if (port === undefined && remembered && client !== remembered.client) {
    const owner = await describePortOwner(remembered.client);
    log?.(`port ${remembered.client}, used last time, is taken by ${owner}; using ${client} from now on`);
  }
  const ports: Ports = {
    client,
    controller: await settle(remembered?.controller, 1),
    secure: await settle(remembered?.secure, 2),
    proxied: await Promise.all(proxyPorts.map((_, at) => settle(remembered?.proxied[at], 3 + at))),
  };
  await writePorts(data, ports);
  return ports;
}

/**
 * Makes one folder for each node from one run of Kafka's formatting tool, a Java start each saved: the folders differ
 * in nothing but the node's id and the folder's own.
 *
 * @throws {@link BrokerStartError}
 */
export async function formatNodes(runtime: Runtime, nodes: readonly LaunchOptions[]): Promise<void> {
  const [first, ...others] = nodes;
  if (!first?.node) return;
  try {
    await fs.mkdir(first.data.kafkaData, { recursive: true });
    await writeSettings(first, first.node.ports);
    await format(runtime, first);
    for (const { data, node } of others) {
      await fs.cp(first.data.kafkaData, data.kafkaData, { recursive: true });
      const file = path.join(data.kafkaData, 'meta.properties');
      const text = (await fs.readFile(file, 'utf8'))
        .replace(/^node\.id=.*$/m, `node.id=${node?.place.id}`)
        .replace(/^directory\.id=.*$/m, `directory.id=${kafkaUuid()}`);
      await fs.writeFile(file, text);
    }
  } catch (error) {
    throw sayOfStart(first, error);
  }
}

/** An id as Kafka writes them; its own tools trip over one that begins with a dash. */
function kafkaUuid(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}

async function format(runtime: Runtime, options: LaunchOptions): Promise<void> {
  const { data, security } = options;
  const users = security ? scramArguments(security) : [];
  // Command lines are for everybody to see, so what logs users in is given in a file; the tool reads an argument a line.
  const secrets = path.join(data.folder, `format-${randomUUID()}.arguments`);
  try {
    if (users.length > 0) await fs.writeFile(secrets, users.join('\n'), { mode: 0o600, flag: 'wx' });
    const given = users.length > 0 ? [`@${secrets}`] : [];
    await runStorageTool(runtime, data, ['format', '-t', kafkaUuid(), '-c', data.serverProperties, ...given]);
  } catch (error) {
    const answered = error instanceof InstallError ? error.answered : messageOf(error);
    const lines = answered.split('\n').filter((line) => !/^\s+at |^\t\S+ = /.test(line));
    throw startError(options, `formatting it failed`, lines.slice(-20).join('\n'), error);
  } finally {
    await fs.rm(secrets, { force: true });
  }
}

function startError({ data }: LaunchOptions, end: string, tail: string, cause?: unknown): BrokerStartError {
  return new BrokerStartError({
    logTail: tail,
    what: 'start Kafka',
    tried: [`a broker on ${data.folder}`],
    answered: tail === '' ? end : `${end}; the last lines of its log:\n${tail}`,
    toDo: adviceFor(`${end}\n${tail}`, data.folder),
    cause,
  });
}
