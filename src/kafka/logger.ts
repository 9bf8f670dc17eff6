/** The one place the Kafka client's own log lines go: nowhere, unless the environment asks for them. */

/** How much is shown, as in `STREAMTRAIN_KAFKA_LOG=debug`. */
type KafkaLogLevel = 'nothing' | 'error' | 'warn' | 'info' | 'debug';

/** kafkajs' numbers for its levels. */
const LEVELS: Readonly<Record<KafkaLogLevel, number>> = { nothing: 0, error: 1, warn: 2, info: 4, debug: 5 };

/** One line as kafkajs hands it over. */
export interface KafkaLogEntry {
  readonly namespace: string;
  readonly level: number;
  readonly label: string;
  readonly log: { readonly message: string; readonly [extra: string]: unknown };
}

/**
 * The level asked for by `STREAMTRAIN_KAFKA_LOG`, else `nothing`: whatever matters reaches the caller as an error,
 * and kafkajs logs answers at ERROR that are part of every rebalance.
 */
export function kafkaLogLevel(environment: NodeJS.ProcessEnv = process.env): number {
  const wanted = environment['STREAMTRAIN_KAFKA_LOG']?.toLowerCase() ?? 'nothing';
  return Object.hasOwn(LEVELS, wanted) ? LEVELS[wanted as KafkaLogLevel] : LEVELS.warn;
}

/** Log creator for kafkajs: one line per entry on stderr. */
export function kafkaLogCreator(): (entry: KafkaLogEntry) => void {
  return ({ namespace, label, log }) => {
    const { message, broker, error } = log;
    const facts = [broker, error].filter((fact): fact is string => typeof fact === 'string');
    const where = namespace === '' ? 'kafka' : `kafka ${namespace}`;
    process.stderr.write(
      `[${label} ${where}] ${message}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}\n`,
    );
  };
}
