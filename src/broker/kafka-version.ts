/** Which Kafka is embedded. */

/** The Kafka server we fetch; the last of the 4.1 line. */
export const KAFKA_VERSION = '4.1.1';

/** The Scala version that is part of its file names. */
export const SCALA_VERSION = '2.13';

/** The logger behind slf4j that Kafka's own distribution carries; Maven does not bring it by itself. */
export const LOG4J_VERSION = '2.24.3';
