/** The types a cell sees: code written for stock tslab compiles, and the declared globals are the real ones. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { globalsTypes } from '../../../src/kernel/display/globals-types.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const declarations = join(folder, 'virtual-globals.d.ts');
const cell = join(folder, 'virtual-cell.ts');

/** What TypeScript says about a cell, with our declarations or with stock tslab's. */
function complaints(source: string, { stock = false, dom = false } = {}): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', ...(dom ? ['lib.dom.d.ts'] : [])],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
  };
  const virtual = new Map([[cell, source], ...(stock ? [] : [[declarations, globalsTypes] as const])]);
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (path) => virtual.has(path) || disk.fileExists(path);
  host.readFile = (path) => virtual.get(path) ?? disk.readFile(path);
  host.getSourceFile = (path, language, ...rest) =>
    virtual.has(path)
      ? ts.createSourceFile(path, virtual.get(path)!, language)
      : disk.getSourceFile(path, language, ...rest);
  const program = ts.createProgram([...virtual.keys()], options, host);
  const files = [...virtual.keys()].map((path) => program.getSourceFile(path)!);
  return files
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const writtenForStock = `
  import * as tslab from 'tslab';
  import { display, newDisplay, versions, type Display } from 'tslab';
  const own: Display = {
    javascript(s: string) {}, html(s: string) {}, markdown(s: string) {}, latex(s: string) {}, svg(s: string) {},
    png(b: Uint8Array) {}, jpeg(b: Uint8Array) {}, gif(b: Uint8Array) {}, pdf(b: Uint8Array) {}, text(s: string) {},
    raw(contentType: string, b: string | Uint8Array) { return 1; },
  };
  const picked: Display[] = [own, display, newDisplay(), tslab.display];
  const raw: number = tslab.display.raw('text/plain', 'x');
  const text: string = versions.tslab + versions.typescript + versions.node;
  const narrow: { raw(mime: string, content: string | Uint8Array): void } = tslab.display;
  picked[0]!.png(new Uint8Array(1));
  export { picked, raw, text, narrow };
`;

describe("a cell's types", () => {
  it('code written for stock tslab compiles on ours, and the same mistakes are mistakes', () => {
    assert.deepEqual(complaints(writtenForStock, { stock: true }), []);
    assert.deepEqual(complaints(writtenForStock), []);
    const wrong = `import { display } from 'tslab'; display.png('x'); display.html(1); display.htm('');`;
    assert.equal(complaints(wrong, { stock: true }).length, 3);
    assert.equal(complaints(wrong).length, 3);
  });

  it('the globals have types, beside the browser’s too', () => {
    const source = `
      const handle = display(new Map(), { id: 'a' });
      handle.update(1).clear();
      display.bundle({ 'text/plain': 'a' }, { id: 'b' });
      const all = async () => {
        await handle.sent;
        return [(await prompt('?')).trim(), (await confirm()).valueOf(), (await password()).trim()];
      };
      const aborted: boolean = interrupt.signal.aborted;
      kernel.options({ checking: 'warn', display: { rows: 5 } });
      class Own { size = 1 }
      kernel.registerDisplay(Own, ({ size }) => ({ 'text/html': size.toFixed() }))();
      kernel.registerDisplay((value) => value === 1, () => 'one');
      const texts = versions();
      export { all, aborted, texts };`;
    assert.deepEqual(complaints(source, { dom: true }).filter((text) => !/possibly 'null'|on type 'void'/.test(text)), []); // prettier-ignore
    assert.match(complaints(`kernel.options({ checking: 'loud' });`)[0] ?? '', /"loud"/);
  });

  it('what is declared is what is there', () => {
    const source = `
      import { cellGlobals } from '../../../src/kernel/display/globals.ts';
      import * as real from '../../../src/kernel/display/tslab.ts';
      import * as declared from 'tslab';
      const forward: [typeof display, typeof kernel, typeof declared.display, () => declared.KernelDisplay] =
        [cellGlobals.display, cellGlobals.kernel, real.display, real.newDisplay];
      const questions: [typeof password, typeof versions] = [cellGlobals.password, cellGlobals.versions];
      const limits: Required<NonNullable<Parameters<typeof cellGlobals.kernel.options>[0]['display']>> =
        null! as StreamtrainKernel.DisplayLimits;
      const back: StreamtrainKernel.DisplayLimits = kernel.options({}).display satisfies typeof limits;
      export { forward, questions, back };`;
    assert.deepEqual(complaints(source, { dom: true }), []);
  });
});
