// The checks `types` and `lint`, by one TypeScript program for both: rules that ask for types ask the compiler that has checked
// them, and nothing is read or inferred twice. Started by scripts/check.mjs; prints one line of JSON for each check.
import { performance } from 'node:perf_hooks';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @typedef {{ code: number, output: string }} Found */
/** @typedef {Found & { check: string, seconds: number }} Result what is printed */

/** What TypeScript makes of `tsconfig.json`, as `tsc -p tsconfig.json` does; syntax trees know their parents, as ESLint needs. */
function programOfProject() {
  /** @param {ts.Diagnostic} diagnostic */
  const onUnRecoverableConfigFileDiagnostic = (diagnostic) => {
    throw new Error(textOf([diagnostic]));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic };
  const parsed = ts.getParsedCommandLineOfConfigFile(path.join(folder, 'tsconfig.json'), {}, host);
  if (parsed === undefined) throw new Error('tsconfig.json could not be read.');
  const compilerHost = ts.createCompilerHost(parsed.options, true);
  compilerHost.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
  return ts.createProgram({
    rootNames: parsed.fileNames,
    options: parsed.options,
    host: compilerHost,
    configFileParsingDiagnostics: parsed.errors,
  });
}

/** @param {readonly ts.Diagnostic[]} diagnostics @returns {string} */
function textOf(diagnostics) {
  return ts.formatDiagnostics(diagnostics, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
}

/** @type {Record<string, (program: ts.Program) => Found | Promise<Found>>} */
const CHECKS = {
  types(program) {
    const found = ts.sortAndDeduplicateDiagnostics(ts.getPreEmitDiagnostics(program));
    return { code: found.length === 0 ? 0 : 2, output: textOf(found) };
  },
  async lint(program) {
    const { ESLint } = await import('eslint');
    const parserOptions = { projectService: false, programs: [program] };
    const eslint = new ESLint({ cwd: folder, overrideConfig: { languageOptions: { parserOptions } } });
    const results = await eslint.lintFiles(['.']);
    const formatter = await eslint.loadFormatter('stylish');
    // A warning is a problem as well.
    const isClean = results.every(({ messages }) => messages.length === 0);
    return { code: isClean ? 0 : 1, output: await formatter.format(results) };
  },
};

let started = performance.now();
const program = programOfProject();
for (const name of process.argv.slice(2)) {
  const check = CHECKS[name];
  if (check === undefined) throw new Error(`There is no check "${name}".`);
  const found = await Promise.resolve(program)
    .then(check)
    .catch((error) => ({ code: 2, output: String(error.stack ?? error) }));
  /** @type {Result} */
  const result = { check: name, seconds: (performance.now() - started) / 1000, ...found };
  console.log(JSON.stringify(result));
  started = performance.now();
}
