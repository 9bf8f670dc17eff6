/** Small notebooks made for one test, inside the project, because stock tslab finds its packages only there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { projectAt } from '../../src/install/index.ts';

/** Writes a notebook with these code cells (ids `cell-1`, `cell-2`, ...); it is removed after the test. */
export async function temporaryNotebook(t: TestContext, sources: readonly string[]): Promise<string> {
  const { stateFolder } = projectAt();
  await mkdir(stateFolder, { recursive: true });
  const folder = await mkdtemp(path.join(stateFolder, 'test-notebook-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'made-for-a-test.ipynb');
  await writeFile(file, JSON.stringify(notebookOf(sources), undefined, 1));
  return file;
}

/** A notebook of code cells only. */
function notebookOf(sources: readonly string[]) {
  return {
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index + 1}`,
      metadata: {},
      outputs: [],
      source,
    })),
    metadata: { kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
