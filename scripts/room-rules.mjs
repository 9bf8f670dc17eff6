// The rooms of src and what each may import: the rules that `npm run check` enforces, and the table in CONTRIBUTING.md.
// After a change: `node scripts/room-rules.mjs` writes the table again.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Room
 * @property {string} name the folder or file in src
 * @property {string} purpose what it is for, as the table says it
 * @property {string[]} [imports] the rooms, or folders in rooms, it may import besides {@link everywhere}; default none
 * @property {string[][]} [layers] its files and folders from top to bottom: each may import those of lower layers only;
 *   `*` is whatever is not named
 */

/** What every room may import; these files import nothing but each other, downwards. */
export const everywhere = ['errors', 'options', 'finite', 'exact-json', 'random', 'state', 'platform'];

/** @type {readonly Room[]} */
export const rooms = [
  { name: 'errors', purpose: 'the base of every error, and the factory that declares one' },
  { name: 'options', purpose: 'options that are unknown or out of range are refused', imports: ['errors'] },
  { name: 'finite', purpose: 'finds values that are NaN or infinite' },
  {
    name: 'exact-json',
    purpose: 'finds whole numbers in JSON that no number holds, and names that are there twice',
  },
  { name: 'random', purpose: 'random numbers from a seed, the same on every machine', imports: ['options'] },
  { name: 'state', purpose: 'what everything that learns can hand over and take back (types)' },
  { name: 'platform', purpose: 'what differs between Linux, macOS and Windows' },
  { name: 'language', purpose: 'the language of figures and verdicts, said once', imports: ['options'] },
  { name: 'tensorflow', purpose: 'the one loader of the native backend' },
  { name: 'tensor-types', purpose: 'tensors as types, for what type-checks without TensorFlow' },
  { name: 'terminal', purpose: 'what terminals show: tables, progress, readable numbers' },
  {
    name: 'process',
    purpose: 'processes: which lives, locks between them, children, ports, signals, waiting',
    imports: ['terminal'],
  },
  {
    name: 'install',
    purpose: 'what packages cannot bring: cache folder, downloads, native TensorFlow, Python environment',
    imports: ['process', 'terminal'],
  },
  {
    name: 'broker',
    purpose: 'the embedded Kafka, one node or a cluster: Java, jars, start, stop, and faults for tests',
    imports: ['install', 'process', 'terminal', 'kafka/protocol'],
  },
  {
    name: 'engines',
    purpose: 'engines beside Kafka, fetched and started on request: Flink, Spark, NiFi; files for Azure',
    imports: ['broker', 'install', 'kafka', 'model', 'process', 'terminal', 'training', 'worker'],
    layers: [['index'], ['catalog'], ['azure', 'flink', 'nifi', 'spark'], ['*']],
  },
  {
    name: 'jupyter',
    purpose: "JupyterLab as a child process, apart from the user's own; runs notebooks",
    imports: ['install', 'process', 'kernel', 'course'],
  },
  { name: 'scaling', purpose: 'scalers and imputers that learn from rows, batch after batch' },
  {
    name: 'data',
    purpose: 'data frames and what prepares them: read, clean, split, scale, to CSV rows',
    imports: ['tensorflow', 'scaling'],
  },
  {
    name: 'kafka',
    purpose: 'settings, topics, writer, datasets, codecs, lag',
    imports: ['process', 'tensor-types', 'tensorflow', 'terminal', 'widgets'],
    layers: [
      ['index'],
      ['dead-letters'],
      ['dataset'],
      ['writer', 'admin', 'read'],
      ['client'],
      ['protocol', 'codec'],
      ['registry'],
      ['settings'],
      ['*'],
    ],
  },
  {
    name: 'graph',
    purpose: 'TensorFlow graphs written from TypeScript, run in the native session',
    imports: ['process', 'tensorflow'],
  },
  {
    name: 'model',
    purpose: "the article's classifier; the compiled training step; saving and loading",
    imports: ['graph', 'tensorflow'],
    layers: [['index'], ['classifier', 'storage'], ['step'], ['*']],
  },
  {
    name: 'training',
    purpose: 'batch and online training, checkpoints, metrics, learners row by row, drift, evaluation',
    imports: ['kafka', 'model', 'process', 'scaling', 'tensorflow', 'widgets'],
    layers: [
      ['index'],
      ['batch', 'online', 'prequential', 'row-models'],
      ['checkpoint', 'linear', 'trees', 'bayes', 'neighbours', 'anomaly'],
      ['drift'],
      ['streams', 'learners'],
      ['metrics', 'rows'],
      ['*'],
    ],
  },
  {
    name: 'export',
    purpose: 'models taken elsewhere (TensorFlow, Keras, TensorFlow.js, ONNX), and out of checkpoints',
    imports: ['graph', 'model', 'scaling', 'tensorflow', 'training'],
  },
  {
    name: 'serving',
    purpose: 'models at work: predictions from topic to topic, models that change meanwhile, HTTP',
    imports: ['export', 'kafka', 'model', 'process', 'scaling', 'tensorflow', 'training'],
  },
  {
    name: 'worker',
    purpose: 'Node processes that learn and score for other engines; models averaged out of theirs',
    imports: ['export', 'kafka', 'model', 'process', 'tensorflow', 'training'],
  },
  {
    name: 'sources',
    purpose: "live sources: X's filtered stream, Bluesky's Jetstream",
    imports: ['data', 'install', 'kafka', 'process'],
  },
  {
    name: 'plots',
    purpose: 'figures as plain plotly specs, drawn without a browser',
    imports: ['language'],
  },
  {
    name: 'widgets',
    purpose: 'controls in the notebook, by a hook of the kernel; still ones elsewhere',
    imports: ['terminal'],
  },
  {
    name: 'kernel',
    purpose: 'the Jupyter kernel: wire protocol, language service, runner, debugger, display',
    imports: ['process'],
    layers: [
      ['index', 'main', 'command'],
      ['install', 'server'],
      ['debugger'],
      ['runner'],
      ['modules', 'versions'],
      ['language'],
      ['display', 'wire'],
      ['comms'],
      ['*'],
    ],
  },
  {
    name: 'course',
    purpose: 'the notebooks as files: rules, stored form, exercises with checks',
    imports: ['kafka', 'language'],
    layers: [['index'], ['*'], ['check-exercise'], ['exercises'], ['exercise', 'errors']],
  },
  {
    name: 'cli',
    purpose: 'the `streamtrain` command',
    imports: [
      'broker',
      'course',
      'data',
      'engines',
      'export',
      'install',
      'jupyter',
      'kafka',
      'kernel',
      'model',
      'process',
      'serving',
      'sources',
      'tensorflow',
      'terminal',
      'training',
      'worker',
    ],
    layers: [['main'], ['run'], ['program'], ['commands'], ['*']],
  },
  {
    name: 'index',
    purpose: 'the public face: what `streamtrain` exports',
    imports: [
      'broker',
      'data',
      'export',
      'kafka',
      'model',
      'plots',
      'serving',
      'sources',
      'tensorflow',
      'training',
      'widgets',
      'worker',
    ],
  },
];

/** Private parts of packages, and packages, that one file of src alone names. */
export const fences = [
  { part: "kafkajs' internal modules", named: /['"`]kafkajs\/src\//, file: 'kafka/protocol/kafkajs.ts' },
  {
    part: 'the package `typescript`',
    named: /(?:from |\()['"]typescript['"]/,
    file: 'kernel/language/typescript.ts',
  },
  {
    part: "TypeScript's undeclared parts",
    named: /\b(?:bindSourceFile|getJSX\w+|parseDiagnostics|externalModuleIndicator|autoGenerate)\b/,
    file: 'kernel/language/typescript-insides.ts',
  },
  { part: "tfjs-node's internal modules", named: /tfjs-node\/dist/, file: 'graph/binding.ts' },
  {
    part: "Node's internal modules",
    named: /['"]internal\/|--expose-internals/,
    file: 'kernel/runner/node-internals.ts',
  },
  {
    part: "Node's table of loaders",
    named: /\bregisterHooks\b|\b_compile\(/,
    file: 'kernel/modules/node-loaders.ts',
  },
  { part: 'the package `danfojs-node`', named: /\(['"]danfojs-node['"]\)/, file: 'data/danfo.ts' },
  { part: "JupyterLab's look for yarn", named: /_yarn_config/, file: 'jupyter/lab-program.ts' },
  { part: "tslab's internal modules", named: /['"`/]tslab\/dist/, file: 'plots/stock-tslab.ts' },
];

/** The fewest lines of a file with one importer, and the most of any file. */
export const fileLines = { fewest: 25, most: 300 };

const escaped = (/** @type {string} */ text) => text.replaceAll(/[.]/g, '\\.');
/** A pattern for a file, or all files of a folder, in src. @param {string} name */
const at = (name) => `^src/${escaped(name)}(?:\\.ts$|/)`;

/** @param {Room} room */
function arrowRules({ name, imports = [], layers = [] }) {
  const base = everywhere.includes(name) ? [] : everywhere;
  const outwards = {
    name: `${name} imports ${[...base, ...imports].join(', ') || 'nothing'}`,
    severity: 'error',
    from: { path: at(name) },
    to: { path: '^src/', pathNot: [name, ...base, ...imports].map(at) },
  };
  const named = layers.flat().filter((each) => each !== '*');
  const inside = layers.flatMap((layer, level) => {
    const lower = layers.slice(level + 1).flat();
    return layer
      .map((each) => {
        const allowed = [...lower.filter((other) => other !== '*'), ...(each === '*' ? [] : [each])].map(
          (other) => at(`${name}/${other}`),
        );
        // Where `*` is below or is this layer itself, only what is named and not allowed is refused.
        const rest = each === '*' || lower.includes('*');
        const refused = named
          .map((other) => at(`${name}/${other}`))
          .filter((pattern) => !allowed.includes(pattern));
        return {
          name: `${name}/${each} imports ${lower.length === 0 ? 'nothing' : `only ${lower.join(', ')}`} in its room`,
          severity: 'error',
          from:
            each === '*'
              ? { path: `^src/${name}/`, pathNot: named.map((other) => at(`${name}/${other}`)) }
              : { path: at(`${name}/${each}`) },
          to: rest ? { path: refused } : { path: `^src/${name}/`, pathNot: allowed },
        };
      })
      .filter(({ to }) => !Array.isArray(to.path) || to.path.length > 0);
  });
  const strays =
    layers.length === 0 || layers.flat().includes('*')
      ? []
      : [
          {
            name: `every file of ${name} is in a layer`,
            severity: 'error',
            from: { path: `^src/${name}/`, pathNot: named.map((each) => at(`${name}/${each}`)) },
            to: {},
          },
        ];
  return [outwards, ...inside, ...strays];
}

/** The rules in the form of dependency-cruiser. */
export const rules = {
  forbidden: [
    { name: 'no cycles, type imports included', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every file is in a room',
      severity: 'error',
      from: { path: '^src/', pathNot: rooms.map(({ name }) => at(name)) },
      to: {},
    },
    ...rooms.flatMap(arrowRules),
  ],
};

/** The tables of CONTRIBUTING.md, as Markdown. */
export function roomTables() {
  const code = (/** @type {string} */ name) => `\`${name}\``;
  const rows = rooms.map(({ name, purpose, imports = [] }) => {
    const place = code(
      fs.existsSync(new URL(`../src/${name}.ts`, import.meta.url)) ? `src/${name}.ts` : `src/${name}/`,
    );
    return `| ${place} | ${purpose} | ${imports.map(code).join(', ') || '—'} |`;
  });
  const layered = rooms.flatMap(({ name, layers }) =>
    layers
      ? [
          `| ${code(`src/${name}/`)} | ${layers.map((layer) => layer.map((each) => (each === '*' ? 'the rest' : code(each))).join(', ')).join(' → ')} |`,
        ]
      : [],
  );
  return [
    '| room | what it is for | may import, besides the first six |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'Inside these rooms, arrows go from left to right only; what stands side by side does not import each other:',
    '',
    '| room | layers, from top to bottom |',
    '| --- | --- |',
    ...layered,
    '',
    'Private parts of packages are behind one file each, which says why, on which versions it was tried, and what happens',
    'where the part is absent. No other file names them:',
    '',
    '| part | file |',
    '| --- | --- |',
    ...fences.map(({ part, file }) => `| ${part} | ${code(`src/${file}`)} |`),
  ].join('\n');
}

const BEGIN = '<!-- The tables are written by `node scripts/room-rules.mjs`. -->';
const END = '<!-- End of the tables. -->';

/**
 * The text of CONTRIBUTING.md with the tables of today in it.
 *
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function withRoomTables(text) {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`CONTRIBUTING.md lacks "${BEGIN}" or "${END}" behind it.`);
  // Only whoever writes them needs the formatter.
  const { formatted } = await import('./formatted.mjs');
  return formatted(
    'CONTRIBUTING.md',
    `${text.slice(0, begin)}${BEGIN}\n\n${roomTables()}\n\n${text.slice(end)}`,
  );
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../CONTRIBUTING.md', import.meta.url));
  fs.writeFileSync(file, await withRoomTables(fs.readFileSync(file, 'utf8')));
}
