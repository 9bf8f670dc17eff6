/** `streamtrain init`: a folder with a program and a notebook that run, to begin a project of one's own with. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Bind } from '../context.ts';
import { UsageError } from '../errors.ts';
import { starterFiles } from '../starter.ts';
import { ownVersion } from '../version.ts';

/** Adds its flags, its help and what it does to the command. */
export function initCommand(command: Command, bind: Bind): void {
  command
    .argument('<folder>', 'new, or empty; its name becomes that of the project and of its topic')
    .addHelpText('after', '\nExample:\n  $ npx streamtrain init my-stream\n')
    .action(
      bind(async ({ output, refuseConnection }, [given = '']) => {
        refuseConnection(
          'nothing is asked of Kafka here; the program that is written takes STREAMTRAIN_BROKERS.',
        );
        const folder = path.resolve(given);
        const name = path.basename(folder);
        if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name))
          throw new UsageError({
            problem: `The folder's name is ${JSON.stringify(name)}; it must be of a-z, 0-9, dots, dashes and underscores, such as my-stream.`,
          });
        const there = await entriesOf(folder);
        if (there.length > 0)
          throw new UsageError({
            problem: `${folder} is not empty (${there.slice(0, 3).join(', ')}): name a new folder.`,
          });
        await mkdir(folder, { recursive: true });
        const files = starterFiles(name, ownVersion());
        for (const file of files) await writeFile(path.join(folder, file.name), file.text, { flag: 'wx' });
        const names = files.map((file) => file.name);
        output.result(
          { folder, files: names },
          `${folder}: ${names.join(', ')}\nNow:\n  cd ${given}\n  npm install\n  npm start`,
        );
      }),
    );
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new UsageError({ problem: `${folder} is a file: name a new folder.` });
    throw error;
  }
}
