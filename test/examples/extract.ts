/** Finds the examples in docstrings, and makes programs of them: with the imports a reader would write. */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { projectAt } from '../../src/install/index.ts';

const { folder } = projectAt();

/** One fenced block behind an `@example`. */
export interface Example {
  /** Where it stands, such as `src/random.ts:12`. */
  readonly place: string;
  /** The file whose docstring it is in, relative to the project. */
  readonly file: string;
  /** Whether its fence is marked `ts run`. */
  readonly runs: boolean;
  readonly code: string;
}

const DOCSTRING = /\/\*\*[^]*?\*\//g;
const FENCE = /^```(\w*)( run)?\n([^]*?)^```$/gm;

/** Every source file, relative to the project. */
export const sources: readonly string[] = fs
  .readdirSync(path.join(folder, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
  .sort();

/** The examples of one source file. An `@example` without a `ts` block comes back with the code `''`. */
export function examplesIn(file: string, text = fs.readFileSync(path.join(folder, file), 'utf8')): Example[] {
  return [...text.matchAll(DOCSTRING)].flatMap((docstring): Example[] => {
    const plain = docstring[0].replace(/^ *\/?\*{1,2} ?/gm, '').replaceAll('*\\/', '*/');
    const line = text.slice(0, docstring.index).split('\n').length;
    return plain
      .split(/^@example\b/m)
      .slice(1)
      .flatMap((rest): Example[] => {
        const before = plain.slice(0, plain.indexOf(rest)).split('\n').length;
        const place = `${file}:${line + before - 1}`;
        const found = [...rest.matchAll(FENCE)].filter(([, language]) => language === 'ts');
        if (found.length === 0) return [{ place, file, runs: false, code: '' }];
        return found.map(([, , run, code = '']) => ({ place, file, runs: run !== undefined, code }));
      });
  });
}

/** The names an example uses, by the module they are imported from; what it declares itself is not among them. */
export function importsOf({ file, code }: Example): Map<string, string[]> {
  const tree = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isDeclared =
        (ts.isVariableDeclaration(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isClassDeclaration(parent) ||
          ts.isBindingElement(parent) ||
          ts.isImportSpecifier(parent) ||
          ts.isImportClause(parent)) &&
        parent.name === node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node) ||
        (ts.isBindingElement(parent) && parent.propertyName === node);
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const room = path.posix.join(...file.split('/').slice(0, 2), '/');
  const face = sources.filter((each) => each === `${room}index.ts`);
  const candidates = [
    file,
    'src/index.ts',
    ...face,
    ...sources.filter((each) => each.startsWith(room)),
    ...elsewhere,
  ];
  const imports = new Map<string, string[]>();
  for (const name of used) {
    const module = declared.has(name) ? undefined : candidates.find((each) => namesOf(each).has(name));
    if (module !== undefined) imports.set(module, [...(imports.get(module) ?? []), name]);
  }
  return imports;
}

/** Where names are looked for that neither the file, nor the public face, nor the room has: the other rooms last. */
const elsewhere: readonly string[] = [
  'test/examples/given.ts',
  ...sources.filter((file) => /^src\/\w+\/index\.ts$/.test(file)),
  ...sources.filter((file) => /^src\/\w+\.ts$/.test(file) && file !== 'src/index.ts'),
];

const absolute = (file: string) => path.join(folder, file);
const config = ts.readConfigFile(absolute('tsconfig.json'), (file) => ts.sys.readFile(file));
// A reader may write what is more than types, such as a parameter property.
const options = {
  ...ts.parseJsonConfigFileContent(config.config, ts.sys, folder).options,
  erasableSyntaxOnly: false,
  verbatimModuleSyntax: false,
};

/** The texts of the examples, by the file each would be. */
const texts = new Map<string, string>();

const files = ts.createCompilerHost(options);
const read = new Map<string, ts.SourceFile | undefined>();

/** Reads a file once, and takes the examples for files. */
const host: ts.CompilerHost = {
  ...files,
  fileExists: (file) => texts.has(file) || files.fileExists(file),
  readFile: (file) => texts.get(file) ?? files.readFile(file),
  getSourceFile: (file, version, ...rest) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, version);
    if (!read.has(file)) read.set(file, files.getSourceFile(file, version, ...rest));
    return read.get(file);
  },
};

const modules = ts.createProgram({ rootNames: [...sources, ...elsewhere].map(absolute), options, host });
const known = new Map<string, ReadonlySet<string>>();

/** What a module exports, types too. */
function namesOf(module: string): ReadonlySet<string> {
  const found = known.get(module);
  if (found) return found;
  const checker = modules.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(modules.getSourceFile(absolute(module)) as ts.Node);
  const names = new Set(symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : []);
  known.set(module, names);
  return names;
}

/** Compiles examples as one program, each a module of its own, and lists what is wrong with them. */
export function compileProblems(examples: readonly Example[]): string[] {
  texts.clear();
  const made = examples.map((example, index) => {
    const lines = [...importsOf(example)].map(
      ([module, names]) => `import { ${names.join(', ')} } from '../../${module}';`,
    );
    const file = absolute(`test/examples/example-${index}.ts`);
    texts.set(file, [...lines, 'export {};', example.code].join('\n'));
    return { example, file, above: lines.length + 1 };
  });
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  return made.flatMap(({ example, file, above }) => {
    const source = program.getSourceFile(file) as ts.SourceFile;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((each) => {
      const line = source.getLineAndCharacterOfPosition(each.start ?? 0).line - above;
      const message = ts.flattenDiagnosticMessageText(each.messageText, ' ');
      return `${example.place}: ${example.code.split('\n')[line]?.trim() ?? ''}\n    ${message}`;
    });
  });
}
