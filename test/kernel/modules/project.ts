/** A folder of files for a test, removed with it. */
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** Makes the folder; keys are paths, values texts (or JSON values). */
export function makeProject(
  test: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, unknown>>,
): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'streamtrain-cells-')));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}

/** Writes or replaces files of a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}
