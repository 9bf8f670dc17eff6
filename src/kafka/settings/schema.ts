/** The one schema that options, environment and `configuration` of the Kafka room are checked against. */

import { z } from 'zod';

import { PREFIX } from './prefix.ts';

const milliseconds = (least = 0) => z.number().int().min(least).max(2_147_483_647);
const bytes = z.number().int().min(1).max(2_147_483_647);
const text = z.string().min(1, 'must not be empty');

const broker = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, {
    error: 'must read host:port, an IPv6 address in brackets: [::1]:9092',
    abort: true,
  })
  .refine((address) => {
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    return port > 0 && port < 65_536;
  }, 'has a port outside 1 to 65535');

const brokers = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    (typeof given === 'string' ? given.split(',') : given).map((one) => one.trim()).filter(Boolean),
  )
  .pipe(z.array(broker).min(1, 'needs at least one host:port'));

/** `tls: { ... }`; each certificate as PEM text or as the path of a PEM file. */
const tlsSchema = z
  .strictObject({
    ca: text.optional(),
    cert: text.optional(),
    key: text.optional(),
    passphrase: z.string().optional(),
    servername: text.optional(),
    rejectUnauthorized: z.boolean().default(true),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), {
    error: 'a client certificate needs both cert and key',
    path: ['cert'],
  });

/** `sasl: { ... }` */
const saslSchema = z.strictObject({
  mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).default('PLAIN'),
  username: text,
  password: text,
  allowCleartext: z.boolean().default(false),
});

const strategies = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((one) => one.trim()))
  .pipe(
    z
      .array(
        z.enum(['range', 'roundrobin', 'cooperative-sticky'], {
          error: 'must be range, roundrobin or cooperative-sticky',
        }),
      )
      .min(1, 'needs at least one of range, roundrobin, cooperative-sticky'),
  );

/** How records are read. Times in ms. */
export const consumerSchema = z
  .strictObject({
    groupId: text.optional(),
    groupInstanceId: text.optional(),
    sessionTimeout: milliseconds(1).default(45_000),
    heartbeatInterval: milliseconds(1).default(3_000),
    maxPollInterval: milliseconds(1).default(300_000),
    groupProtocol: z.enum(['classic', 'consumer']).default('classic'),
    /** A list, or names separated by commas as in librdkafka. */
    partitionAssignmentStrategy: strategies.default(['roundrobin', 'range', 'cooperative-sticky']),
    metadataMaxAge: milliseconds(1).default(60_000),
    autoOffsetReset: z.enum(['earliest', 'latest', 'error']).default('earliest'),
    autoCommit: z.boolean().default(false),
    autoCommitInterval: milliseconds().default(5_000),
    isolationLevel: z.enum(['read_committed', 'read_uncommitted']).default('read_committed'),
    checkCrcs: z.boolean().default(true),
    fetchMinBytes: bytes.default(1),
    fetchMaxWait: milliseconds().default(500),
    fetchMaxBytes: bytes.default(16 * 1024 * 1024),
    maxPartitionFetchBytes: bytes.default(4 * 1024 * 1024),
  })
  .refine((consumer) => consumer.heartbeatInterval < consumer.sessionTimeout, {
    error: 'must be shorter than sessionTimeout, or the broker drops the member between two heartbeats',
    path: ['heartbeatInterval'],
  });

const compression = z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']);

/** How records are written. Times in ms. */
export const producerSchema = z
  .strictObject({
    compression: compression.default('none'),
    acceptedCompressions: z.array(compression).optional(),
    acks: z.union([z.enum(['all', '-1', '0', '1']), z.literal([-1, 0, 1])]).default('all'),
    idempotent: z.boolean().optional(),
    linger: milliseconds().default(5),
    batchBytes: bytes.default(256 * 1024),
    maxRequestBytes: bytes.default(1_048_576),
    batchRecords: z.number().int().min(1).default(10_000),
    maxInFlight: z.number().int().min(1).default(5),
    deliveryTimeout: milliseconds(1).default(120_000),
  })
  .transform(({ acks, idempotent, ...rest }) => {
    const wanted = acks === 'all' ? -1 : (Number(acks) as -1 | 0 | 1);
    return { ...rest, acks: wanted, idempotent: idempotent ?? wanted === -1 };
  })
  .superRefine(({ compression, acceptedCompressions: accepted }, context) => {
    if (accepted === undefined || compression === 'none' || accepted.includes(compression)) return;
    const message = `this service does not take ${compression}; use ${[...accepted, 'none'].join(' or ')}`;
    context.addIssue({ code: 'custom', path: ['compression'], message });
  })
  .refine((producer) => !producer.idempotent || producer.acks === -1, {
    error: 'idempotent writing needs acks=all',
    path: ['acks'],
  })
  .refine((producer) => !producer.idempotent || producer.maxInFlight <= 5, {
    error: 'idempotent writing allows at most 5 requests in flight',
    path: ['maxInFlight'],
  });

/** Everything, after `configuration` and the environment were mapped onto the option names. */
export const settingsSchema = z.strictObject({
  brokers: brokers.default(['127.0.0.1:9092']),
  clientId: text.default('streamtrain'),
  prefix: z
    .string()
    .refine(
      (prefix) => prefix === '' || PREFIX.test(prefix),
      'must be 1 to 64 letters, digits and hyphens (no dot: one is put behind it), and begin with no hyphen',
    )
    .default(''),
  connectTimeout: milliseconds(1).default(5_000),
  requestTimeout: milliseconds(1).default(30_000),
  securityProtocol: z.enum(['plaintext', 'ssl', 'sasl_plaintext', 'sasl_ssl']).optional(),
  tls: z.union([z.boolean(), tlsSchema]).optional(),
  sasl: saslSchema.optional(),
  consumer: consumerSchema.prefault({}),
  producer: producerSchema.prefault({}),
});

/** What the schema gives back. */
export type ParsedSettings = z.infer<typeof settingsSchema>;
