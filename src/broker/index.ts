/** The embedded Kafka, and faults to test a stream with: `streamtrain/broker`. */
export { ensureBroker } from './ensure.ts';
export type { EnsuredBroker } from './ensure.ts';
export { startBroker } from './start.ts';
export type { Broker, StartBrokerOptions } from './start.ts';
export { prepareBroker } from './runtime.ts';
export type { PreparedBroker, PrepareOptions } from './runtime.ts';
export { startFaultProxy } from './fault-proxy.ts';
export type { FaultProxy, FaultProxyOptions } from './fault-proxy.ts';
export type { BrokerSecurity, SaslMechanism } from './security.ts';
export { defaultDataFolder } from './data-folder.ts';
export { KAFKA_VERSION } from './kafka-version.ts';
export * from './errors.ts';
export { brokerChecks, brokerSteps } from './set-up.ts';
export type { BrokerSetUpOptions } from './set-up.ts';
export { kafkaCommand } from './command.ts';
export type { CommandContext } from './command.ts';
