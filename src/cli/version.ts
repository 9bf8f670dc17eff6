/** The version of this package, as `--version` prints it. */
import { readFileSync } from 'node:fs';

/** Read from the package's own package.json. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
