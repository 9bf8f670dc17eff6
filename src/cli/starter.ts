/** The files of a new project: one program and one notebook of the same lines, a Kafka for containers, and how to begin. */
import { formatNotebook, type NotebookCell } from '../course/index.ts';

/** A file and what is in it. */
export interface StarterFile {
  readonly name: string;
  readonly text: string;
}

/** The packages that the program is run and checked with; those that this project itself uses. */
const starterTools = { tsx: '4.23.15', typescript: '6.0.3' } as const;

/** A part of the program: in the notebook a heading, a text and a cell. */
interface Part {
  readonly title: string;
  readonly about: string;
  readonly code: string;
}

const IMPORTS: Part = {
  title: 'Setup',
  about: 'Nothing here needs TensorFlow: a linear model learns row by row.',
  code: `import { ensureBroker } from 'streamtrain/broker';
import { createTopic, csvCodec, writeToKafka } from 'streamtrain/kafka';
import { localCheckpoints, LogisticRegression, OnlineStandardScaler } from 'streamtrain/training';
import { PrequentialEvaluator, seaStream, takeRows, trainOnline } from 'streamtrain/training';`,
};

/** @param topic where the rows are written to */
const parts = (topic: string): readonly Part[] => [
  {
    title: 'A Kafka',
    about:
      'The brokers in `STREAMTRAIN_BROKERS` where it is set; else the one that runs here; else a new one, until the end.',
    code: `const kafka = await ensureBroker();
const { brokers } = kafka;
console.log(\`Kafka: \${brokers.join(',')}\`);`,
  },
  {
    title: 'Rows into a topic',
    about: 'Three numbers a row, and a label that hangs on two of them. Replace this by rows of your own.',
    code: `const topic = '${topic}';
await createTopic(topic, { brokers, partitions: 1 });
const rows = [...takeRows(seaStream({ seed: 1, noise: 0.1 }), 2000)];
await writeToKafka(
  topic,
  rows.map(({ xs, ys }) => ({ key: ys, value: xs.join(',') })),
  { brokers },
);`,
  },
  {
    title: 'Learn them as they come',
    about:
      'Each row is predicted before it is learnt. The checkpoint holds the model and the place in the topic: run this again, ' +
      'and it goes on with the rows that are new.',
    code: `const evaluator = new PrequentialEvaluator({ metrics: ['accuracy'] });
const result = await trainOnline({
  source: { brokers, topics: topic, groupId: \`\${topic}-trainer\`, maxRecords: 200, stop: 'end' },
  model: new LogisticRegression({ features: 3 }),
  decode: csvCodec({ columns: 3 }),
  scaler: new OnlineStandardScaler(3),
  checkpoint: localCheckpoints('checkpoints'),
  evaluate: [evaluator],
});
const accuracy = evaluator.report.metrics['accuracy'] ?? NaN;
console.log(\`Learnt \${result.rows} rows, \${result.totalRows} in all; accuracy \${accuracy.toFixed(3)}\`);`,
  },
  {
    title: 'Close',
    about: 'Ends the Kafka if this program has started it.',
    code: 'await kafka.close();',
  },
];

/**
 * The files of a new project.
 *
 * @param name of the project, and of its topic
 * @param version of streamtrain that it is to use
 */
export function starterFiles(name: string, version: string): readonly StarterFile[] {
  return [
    { name: 'train.ts', text: program(name) },
    { name: 'train.ipynb', text: notebook(name) },
    { name: 'package.json', text: `${JSON.stringify(manifest(name, version), null, 2)}\n` },
    { name: 'tsconfig.json', text: `${JSON.stringify(compilerSettings, null, 2)}\n` },
    { name: 'docker-compose.yml', text: COMPOSE },
    { name: 'README.md', text: readme(name) },
    { name: '.gitignore', text: 'node_modules/\ncheckpoints/\n.streamtrain/\n.ipynb_checkpoints/\n' },
  ];
}

function program(name: string): string {
  const sections = parts(name).map(({ title, about, code }) => `${comment(`${title}. ${about}`)}\n${code}`);
  return `${[IMPORTS.code, ...sections].join('\n\n')}\n`;
}

/** A text as lines of a comment, none of them too long to read. */
const comment = (text: string): string => text.replace(/(.{1,100})(?: |$)/g, '// $1\n').trimEnd();

function notebook(name: string): string {
  const markdown = (id: string, source: string): NotebookCell => ({
    ...{ cell_type: 'markdown', id, metadata: {}, source },
  });
  const cells = [IMPORTS, ...parts(name)].flatMap(({ title, about, code }): NotebookCell[] => {
    const id = title.toLowerCase().replaceAll(' ', '-');
    return [
      markdown(id, `## ${title}\n\n${about}`),
      { cell_type: 'code', id: `${id}-code`, metadata: {}, execution_count: null, outputs: [], source: code },
    ];
  });
  return formatNotebook({
    cells: [
      markdown('title', `# ${name}\n\nRows through Kafka into a model that learns while they come.`),
      ...cells,
    ],
    metadata: notebookMetadata,
    ...{ nbformat: 4, nbformat_minor: 5 },
  });
}

/** As Jupyter writes it, to say which kernel the cells are for. */
const notebookMetadata = {
  kernelspec: { display_name: 'TypeScript (streamtrain)', language: 'typescript', name: 'streamtrain' },
  language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
};

const manifest = (name: string, version: string) => ({
  ...{ name, private: true, type: 'module' },
  scripts: { start: 'node --import tsx train.ts', check: 'tsc', kafka: 'streamtrain kafka' },
  dependencies: { streamtrain: `^${version}` },
  devDependencies: { ...starterTools },
});

const compilerSettings = {
  compilerOptions: {
    ...{ target: 'ES2022', module: 'NodeNext', strict: true, noEmit: true, skipLibCheck: true },
    lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
  },
  include: ['*.ts'],
};

const COMPOSE = `# Kafka 4.1 (KRaft, one node) for this project: docker compose up -d --wait
# Programs on this machine then say STREAMTRAIN_BROKERS=127.0.0.1:9092. Not run where it was written: no engine at hand.
services:
  kafka:
    image: apache/kafka:4.1.1
    init: true
    environment:
      KAFKA_NODE_ID: 1
      KAFKA_PROCESS_ROLES: broker,controller
      KAFKA_CONTROLLER_QUORUM_VOTERS: 1@localhost:29093
      KAFKA_LISTENERS: PLAINTEXT://:9092,CONTROLLER://:29093
      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://127.0.0.1:9092
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
      KAFKA_CONTROLLER_LISTENER_NAMES: CONTROLLER
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: 1
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: 1
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: 1
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: 0
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false'
      KAFKA_LOG_DIRS: /var/lib/kafka/data
    ports:
      - '127.0.0.1:9092:9092'
    volumes:
      - kafka-data:/var/lib/kafka/data
    healthcheck:
      test: ['CMD-SHELL', "bash -c '</dev/tcp/127.0.0.1/9092'"]
      interval: 5s
      timeout: 5s
      retries: 24

volumes:
  kafka-data:
`;

const readme = (name: string): string => `# ${name}

Rows through Kafka into a model that learns while they come, with streamtrain.

\`\`\`
npm install
npm start
\`\`\`

\`npm start\` runs \`train.ts\`: it starts a Kafka of its own if there is none, writes 2,000 rows into the topic \`${name}\`, and
learns them. Run it again: it goes on where it was.

| to                                 | do                                                                                 |
| ---------------------------------- | ---------------------------------------------------------------------------------- |
| keep a Kafka running               | \`npm run kafka -- start\`, and \`stop\`                                               |
| have it in a container             | \`docker compose up -d --wait\`, then \`STREAMTRAIN_BROKERS=127.0.0.1:9092 npm start\` |
| use your own cluster               | \`STREAMTRAIN_BROKERS=host:port npm start\`                                          |
| work in the notebook \`train.ipynb\` | \`npx streamtrain kernel install\`, then open it in your Jupyter, in this folder     |
| check the types                    | \`npm run check\`                                                                    |
`;
