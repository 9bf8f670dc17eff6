// `npm run docs:errors`: writes docs/errors.md from the errors that src declares.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readErrors } from './declared-errors.mjs';
import { formatted } from './formatted.mjs';

/** The page. */
export const errorsPagePath = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

/** @typedef {import('./declared-errors.mjs').ErrorEntry} ErrorEntry */

/**
 * The page of some errors, as it is to stand in docs/errors.md.
 *
 * @param {readonly ErrorEntry[]} errors
 * @returns {Promise<string>}
 */
export async function errorsPage(errors) {
  const rooms = [...new Set(errors.map(({ room }) => room))];
  const of = (/** @type {string} */ room) => errors.filter((error) => error.room === room);
  const contents = rooms.map((room) => {
    const links = of(room).map(({ code }) => `[${code}](#${code.toLowerCase()})`);
    return `- [${room}](#${room}): ${links.join(', ')}`;
  });
  const sections = rooms.map((room) => `## ${room}\n\n${of(room).map(entryText).join('\n\n')}`);
  const page = `# Errors

<!-- Written by \`npm run docs:errors\` from the declarations in src: change those. -->

Every error that streamtrain throws on purpose is a \`StreamTrainError\`: it has a \`code\`, the facts as typed fields, the
lower-level error that led to it as \`cause\`, and \`canRetry\`, which is true where the same call may succeed later
without any change. Branch on the code or on the class:

\`\`\`ts
try {
  await createTopic('cancer-train', { partitions: 2 });
} catch (error) {
  if (error instanceof StreamTrainError && error.code === 'ST_KAFKA_PARTITION_MISMATCH') console.log(error.message);
}
\`\`\`

In the sentences below \`{topic}\` is a fact, \`[...]\` stands only where it applies, and \`(a | b)\` is one of both.

${contents.join('\n')}

${sections.join('\n\n')}
`;
  return formatted(errorsPagePath, page);
}

/** The page of what people ask when an error meets them. */
export const faqPath = fileURLToPath(new URL('../docs/faq.md', import.meta.url));

/** What people see and ask, and the codes that answer. @type {readonly (readonly [string, readonly string[]])[]} */
const questions = [
  ['Kafka does not answer', ['ST_KAFKA_CONNECTION', 'ST_KAFKA_ADVERTISED_ADDRESS', 'ST_KAFKA_TIMEOUT']],
  ['Kafka refuses my login', ['ST_KAFKA_AUTHENTICATION', 'ST_KAFKA_TLS']],
  [
    'My topic is not there, or has other partitions',
    ['ST_KAFKA_UNKNOWN_TOPIC', 'ST_KAFKA_PARTITION_MISMATCH'],
  ],
  ['The topic was deleted and created again', ['ST_KAFKA_TOPIC_RECREATED']],
  ['My group lost its partitions while it trained', ['ST_KAFKA_POLL_INTERVAL']],
  ['A record cannot be decoded', ['ST_KAFKA_BAD_RECORD']],
  ['A row is too large', ['ST_KAFKA_RECORD_TOO_LARGE', 'ST_KAFKA_RECORDS_TOO_LARGE']],
  ['My CSV file is refused', ['ST_CLI_CSV_FILE', 'ST_DATA_CSV_NOT_A_NUMBER', 'ST_DATA_CSV_ENCODING']],
  ['Training ends with NaN', ['ST_TRAINING_FEATURE_NOT_FINITE', 'ST_TRAINING_LOSS_NOT_FINITE']],
  [
    'Another process has my checkpoints',
    ['ST_TRAINING_CHECKPOINT_LOCKED', 'ST_TRAINING_CHECKPOINT_LOCK_LOST'],
  ],
  ['No checkpoint can be used', ['ST_TRAINING_CHECKPOINT_UNUSABLE']],
  ['TensorFlow does not load', ['ST_TENSORFLOW_LOAD']],
  [
    'The embedded Kafka does not start',
    ['ST_BROKER_START', 'ST_BROKER_JAVA_MISSING', 'ST_BROKER_PORT_TAKEN'],
  ],
  ['An option is not known', ['ST_OPTION_UNKNOWN', 'ST_OPTION_INVALID']],
];

/**
 * The page of questions, as it is to stand in docs/faq.md.
 *
 * @param {readonly ErrorEntry[]} errors
 * @returns {Promise<string>}
 */
export async function faqPage(errors) {
  const sections = questions.map(([question, codes]) => {
    const entries = codes.map((code) => {
      const error = errors.find((one) => one.code === code);
      if (error === undefined) throw new Error(`docs/faq.md asks for ${code}, which no error has.`);
      return entryText(error);
    });
    return `## ${question}\n\n${entries.join('\n\n')}`;
  });
  const page = `# Questions that errors raise

<!-- Written by \`npm run docs:errors\` from the declarations in src: change those, or the questions in the script. -->

What people see most often, and what helps; the whole list is in [Errors](errors.md).

${sections.join('\n\n')}
`;
  return formatted(faqPath, page);
}

/** @param {ErrorEntry} error */
function entryText({ name, code, cause, says, cure, canRetry, base }) {
  const retry = { yes: 'yes', no: 'no', sometimes: 'sometimes; the error’s `canRetry` says so' }[canRetry];
  const lines = [
    `### ${code}`,
    '',
    `\`${name}\`${base === undefined ? '' : `, an \`${base}\``}: ${cause}`,
    '',
    ...says.map((sentence) => `- It says: ${inCode(sentence)}`),
    ...cure.map((sentence) => `- What to do: ${inCode(sentence)}`),
    ...(cure.length === 0 ? ['- What to do: change what the sentence names.'] : []),
    `- A retry may help: ${retry}.`,
  ];
  return lines.join('\n');
}

/** @param {string} text */
function inCode(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { errors, problems } = readErrors();
  for (const problem of problems) console.error(problem);
  fs.writeFileSync(errorsPagePath, await errorsPage(errors));
  fs.writeFileSync(faqPath, await faqPage(errors));
  console.log(`docs/errors.md: ${errors.length} errors`);
  if (problems.length > 0) process.exitCode = 1;
}
