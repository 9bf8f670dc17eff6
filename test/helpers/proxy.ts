/** Gives tests a broker of their own that can be reached through a faulty network. */
import { startBroker, startFaultProxy } from '../../src/broker/index.ts';
import type { Broker, FaultProxy, StartBrokerOptions } from '../../src/broker/index.ts';

/** A broker with two ways to it. */
export interface ProxiedBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly proxy: FaultProxy;
  /** For the clients under test: all their connections go through the proxy. */
  readonly brokers: string[];
  close(): Promise<void>;
}

/**
 * Starts a broker with a proxy in front of an extra listener. `broker.brokers` stays the undisturbed way, for setting up
 * topics and for checking what arrived.
 */
export async function startProxiedBroker(options: StartBrokerOptions = {}): Promise<ProxiedBroker> {
  const proxy = await startFaultProxy();
  const broker = await startBroker({ temporary: true, ...options, proxy }).catch(async (error: unknown) => {
    await proxy.close();
    throw error;
  });
  const close = async () => {
    await proxy.close();
    await broker.stop();
  };
  return { broker, proxy, brokers: [proxy.address], close, [Symbol.asyncDispose]: close };
}
