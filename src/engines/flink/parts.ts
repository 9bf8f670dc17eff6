/** Flink as it is downloaded: its SQL gateway with a small cluster inside, and its connector for Kafka. */
import type { EngineParts } from '../parts.ts';
import { FLINK_FILES } from './part-list.ts';

/** The newest Flink whose SQL gateway is whole in Maven Central. */
export const FLINK: EngineParts = {
  name: 'flink',
  title: 'Apache Flink',
  version: '2.0.0',
  files: FLINK_FILES,
};
