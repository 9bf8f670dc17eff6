/** What Spark is made of. */
import { parseMavenFiles } from '../../install/maven-files.ts';
import type { EngineParts } from '../parts.ts';
import { PYSPARK, SPARK_VERSION } from './pyspark.ts';

/** The connector to Kafka, among Spark's own jars, where every process of a cluster finds it: SHA-256, length, place, folder. */
const CONNECTOR = parseMavenFiles(`
f77a5060d6936a9144023584232f9de3f2248f1abfe156e9d31795f18770674f 156457 org/apache/commons/commons-pool2/2.13.1/commons-pool2-2.13.1.jar jars
014b4ef36884478a932641818b080c36a8f8e2e92dc771e800c9d2694f4f83d8 9220052 org/apache/kafka/kafka-clients/3.9.2/kafka-clients-3.9.2.jar jars
64539c45e5d39f7ddb747312c239f38f5208d08c1a0ddf7d70beb2fbd9373705 494879 org/apache/spark/spark-sql-kafka-0-10_2.13/4.2.0/spark-sql-kafka-0-10_2.13-4.2.0.jar jars
641c7947afc8aa1189e433b7c2d305293993c8691bc1c2062d6d4f513b12518c 66617 org/apache/spark/spark-token-provider-kafka-0-10_2.13/4.2.0/spark-token-provider-kafka-0-10_2.13-4.2.0.jar jars
`);

/** Spark with PySpark, and the connector. */
export const SPARK: EngineParts = {
  name: 'spark',
  title: 'Apache Spark',
  version: SPARK_VERSION,
  files: CONNECTOR,
  besides: [PYSPARK],
};
