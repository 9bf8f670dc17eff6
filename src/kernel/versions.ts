/** The versions of the kernel and what it runs on. */
import { readFileSync } from 'node:fs';
import { compilerVersion } from './language/typescript.ts';

/** Names and versions, the kernel's own first. */
export function kernelVersions(): Readonly<Record<string, string>> {
  return {
    streamtrain: versionIn(new URL('../../package.json', import.meta.url)),
    node: process.versions.node,
    typescript: compilerVersion(),
    v8: process.versions.v8,
  };
}

function versionIn(file: URL): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
