/**
 * What the examples in docstrings take as given: packages a reader has imported, and values from the lines before, such
 * as a model or the records of a topic. The values have a type and nothing else: an example that is run cannot use them.
 */
export * as tf from '@tensorflow/tfjs-node';
export * as tslab from 'tslab';
export { default as assert } from 'node:assert/strict';
export { spawn } from 'node:child_process';
export { readFileSync, writeFileSync } from 'node:fs';
export { default as fs, readFile } from 'node:fs/promises';
export { default as path } from 'node:path';
export { default as vm } from 'node:vm';
export { Kafka } from 'kafkajs';

import type { LayersModel, Tensor, data } from '@tensorflow/tfjs-node';
import type { DeployedFlow, NifiFlow } from '../../src/engines/index.ts';
import type { Notebook } from '../../src/course/index.ts';
import type { Project } from '../../src/install/index.ts';
import type { Codec, KafkaClient, KafkaRecord, WriterItem } from '../../src/kafka/index.ts';
import type { TrainingHistory } from '../../src/plots/index.ts';
import type { LabelledRow } from '../../src/training/index.ts';

// Kafka
export declare const client: KafkaClient;
export declare const brokers: readonly string[];
export declare const records: AsyncIterable<KafkaRecord>;
export declare const record: KafkaRecord;
export declare const codec: Codec<string>;
export declare const items: readonly WriterItem[];
export declare const testItems: readonly WriterItem[];
/** Whatever an example does with the rows it reads. */
export declare const train: (batch: unknown, labels?: unknown) => void;
export declare const readThrough: (address: string) => Promise<number>;

// Training
export declare const model: LayersModel;
export declare const trainDs: data.Dataset<{ xs: Tensor; ys: Tensor }>;
export declare const rows: readonly LabelledRow[];
export declare const histories: readonly TrainingHistory[];
export declare const texts: readonly string[];

// Notebooks as files
export declare const notebook: Notebook;
export declare const executed: Notebook;
export declare const text: string;
export declare const file: string;
export declare const folder: string;

// A machine that is being set up
export declare const project: Project;
export declare const cache: string;
export declare const npmCli: string;
export declare const url: string;
export declare const sha256: string;
export declare const digest: string;
export declare const build: () => Promise<void>;

// An engine beside Kafka
export declare const flow: NifiFlow;
export declare const deployed: DeployedFlow;

// A cell of a notebook
export declare const mapComment: (code: string) => string;
export declare const kernel: {
  options(options: { checking?: 'error' | 'warn' | 'off'; display?: { rows?: number } }): unknown;
};
export declare const cell: { readonly code: string; readonly fileName: string };
