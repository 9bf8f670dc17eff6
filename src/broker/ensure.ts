/** Gives a program a Kafka to talk to: one that was named, one that runs already, or a new embedded one. */
import { messageOf } from '../errors.ts';
import { connectOnce } from '../process/index.ts';
import { dataFolderAt, defaultDataFolder } from './data-folder.ts';
import { BrokerRunningError, BrokersUnreachableError } from './errors.ts';
import { requestMetadata } from './wire.ts';
import { findRunning } from './running.ts';
import { refuseUnknownOptions } from '../options.ts';
import { startBroker, startBrokerNames } from './start.ts';
import type { Broker, StartBrokerOptions } from './start.ts';

/** A Kafka that answers. */
export interface EnsuredBroker extends AsyncDisposable {
  /** Its addresses, `host:port`. */
  readonly brokers: string[];
  /** Where it came from. */
  readonly source: 'STREAMTRAIN_BROKERS' | 'running' | 'started';
  /** The process of an embedded one. */
  readonly pid?: number;
  /** How long a newly started one took to answer, ms. */
  readonly startedInMs?: number;
  /** Stops the broker if this call started it; else does nothing. */
  close(): Promise<void>;
  /** After `close()`: starts the broker again, on the same data and ports, if that had stopped it; else does nothing. */
  open(): Promise<void>;
}

/**
 * Makes sure there is a Kafka: the brokers in `STREAMTRAIN_BROKERS` if set (they must answer), else the one that already
 * runs on the data folder, else a new embedded one that ends with this process.
 *
 * @throws {@link BrokersUnreachableError} (`ST_BROKER_UNREACHABLE`) when no broker of `STREAMTRAIN_BROKERS` answers
 * @throws whatever {@link startBroker} throws
 * @example
 * ```ts
 * const kafka = await ensureBroker({ log: console.log });
 * console.log(kafka.brokers);
 * await kafka.close();
 * ```
 */
export async function ensureBroker(options: StartBrokerOptions = {}): Promise<EnsuredBroker> {
  refuseUnknownOptions('ensureBroker', options, startBrokerNames);
  const { env = process.env } = options;
  const named = (env['STREAMTRAIN_BROKERS'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (named.length > 0) {
    await requireAnswer(named, env);
    return given(named, 'STREAMTRAIN_BROKERS');
  }
  const data = dataFolderAt(defaultDataFolder(options.dataFolder, env));
  const running = await findRunning(data);
  if (running) return given([...running.brokers], 'running', running.pid);
  try {
    const broker = await startBroker({ ...options, dataFolder: data.folder });
    const { brokers, pid, startedInMs } = broker;
    const close = () => broker.stop();
    const open = () => startAgain(broker);
    return { brokers, source: 'started', pid, startedInMs, close, open, [Symbol.asyncDispose]: close };
  } catch (error) {
    // Two notebooks opened at once: the other one was quicker.
    if (error instanceof BrokerRunningError && error.brokers.length > 0)
      return given([...error.brokers], 'running', error.pid);
    throw error;
  }
}

function given(brokers: string[], source: EnsuredBroker['source'], pid?: number): EnsuredBroker {
  const close = async () => undefined;
  return {
    ...{ brokers, source, ...(pid === undefined ? {} : { pid }) },
    ...{ close, open: close, [Symbol.asyncDispose]: close },
  };
}

/** Brings a broker back that was stopped; one that another program runs on the same data and ports by now is as good. */
async function startAgain(broker: Broker): Promise<void> {
  if (broker.isRunning) return;
  try {
    await broker.restart();
  } catch (error) {
    const isSame =
      error instanceof BrokerRunningError && broker.brokers.every((one) => error.brokers.includes(one));
    if (!isSame) throw error;
  }
}

/** One of them has to answer; the rest of the cluster is then found through it. */
async function requireAnswer(addresses: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const refusals: string[] = [];
  for (const address of addresses) {
    const split = /^\[?([^\]]+?)\]?:(\d+)$/.exec(address);
    if (!split) {
      refusals.push(`${address}: not of the form host:port`);
      continue;
    }
    const [host = '', port = 0] = [split[1], Number(split[2])];
    try {
      // A secured listener does not answer before TLS or SASL; that it accepts a connection has to do here.
      if (isSecured(env)) await connectOnce(host, port, 5000);
      else await requestMetadata({ host, port, timeoutMs: 5000 });
      return;
    } catch (error) {
      refusals.push(`${address}: ${messageOf(error) || String((error as NodeJS.ErrnoException).code)}`);
    }
  }
  throw new BrokersUnreachableError({
    what: 'reach the Kafka that STREAMTRAIN_BROKERS names',
    tried: addresses,
    answered: refusals.join('\n'),
    toDo:
      'Check the addresses (host:port, separated by commas) and that the brokers run; a cluster with TLS or SASL needs its ' +
      'STREAMTRAIN_TLS and STREAMTRAIN_SASL_... settings too; or unset STREAMTRAIN_BROKERS: then an embedded Kafka is started.',
  });
}

function isSecured(env: NodeJS.ProcessEnv): boolean {
  return Object.entries(env).some(
    ([name, value]) => /^STREAMTRAIN_(TLS|SASL)/.test(name) && value && value !== 'false',
  );
}
