// Checks src against the rules of rooms: arrows and cycles, type imports included, fenced packages, sizes of files.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { fences, fileLines, rooms, rules } from './room-rules.mjs';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** @typedef {{ source: string, dependents: string[] }} Module */

const { output } = await cruise(['src'], {
  ruleSet: /** @type {any} */ (rules),
  validate: true,
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
});
if (typeof output === 'string') throw new Error(output);

/** Arrows that no rule allows, and cycles. @returns {string[]} */
function arrowProblems() {
  const { violations } = /** @type {import('dependency-cruiser').ICruiseResult} */ (output).summary;
  const problems = violations.map(({ from, to, rule, cycle = [] }) =>
    cycle.length > 0
      ? `${rule.name}: ${[from, ...cycle.map(({ name }) => name)].join(' → ')}`
      : `${rule.name}: ${from} → ${to}`,
  );
  return [...new Set(problems)];
}

/** @param {Module} module @param {string} text @returns {string[]} */
function sizeProblems({ source, dependents }, text) {
  const lines = text.split('\n').length - 1;
  if (lines > fileLines.most) return [`at most ${fileLines.most} lines a file: ${source} has ${lines}`];
  const [importer, ...others] = dependents.filter((file) => file.startsWith('src/'));
  const isFace = rooms.some(({ name }) => source === `src/${name}/index.ts`);
  if (lines >= fileLines.fewest || importer === undefined || others.length > 0 || isFace) return [];
  return [
    `a file of fewer than ${fileLines.fewest} lines moves into its only importer: ${source} has ${lines}, ${importer} imports it`,
  ];
}

/** @param {Module} module @param {string} text @returns {string[]} */
function fenceProblems({ source }, text) {
  const code = text.replace(/^ *\/?\*.*$/gm, '');
  return fences
    .filter(({ named, file }) => source !== `src/${file}` && named.test(code))
    .map(({ part, file }) => `only src/${file} names ${part}: ${source} does`);
}

const modules = output.modules.filter(({ source }) => source.startsWith('src/'));
const problems = [
  ...arrowProblems(),
  ...modules.flatMap((module) => {
    const text = fs.readFileSync(module.source, 'utf8');
    return [...sizeProblems(module, text), ...fenceProblems(module, text)];
  }),
];
for (const problem of problems) console.log(problem);
console.log(`${modules.length} files of src, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
