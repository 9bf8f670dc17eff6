// `npm run docs:errors`: writes docs/errors.md from the errors that src declares.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { readErrors } from './declared-errors.mjs';

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
  return format(page, { ...(await resolveConfig(errorsPagePath)), parser: 'markdown' });
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { errors, problems } = readErrors();
  for (const problem of problems) console.error(problem);
  writeFileSync(errorsPagePath, await errorsPage(errors));
  console.log(`docs/errors.md: ${errors.length} errors`);
  if (problems.length > 0) process.exitCode = 1;
}
