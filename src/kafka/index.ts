/** The Kafka room's public face. */

export * from './record.ts';
export * from './errors.ts';
export { KafkaSettings, kafkaSettings } from './settings.ts';
export type * from './settings.ts';
export { knownConfigurationNames } from './configuration.ts';
export type { Configuration } from './configuration.ts';
export { Secret } from './secret.ts';
export type * from './client.ts';
