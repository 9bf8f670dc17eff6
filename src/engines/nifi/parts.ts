/** NiFi as it is downloaded: its server with the web page, and NiFi Stateless. */
import path from 'node:path';
import { nameOf } from '../../install/maven-files.ts';
import type { EngineParts } from '../parts.ts';
import { NIFI_FILES } from './part-list.ts';

/** The newest NiFi that is whole in Maven Central. Its archives for Kafka are not there. */
export const NIFI: EngineParts = {
  name: 'nifi',
  title: 'Apache NiFi',
  version: '1.18.0',
  files: NIFI_FILES,
};

/** The jars that both ways of running it begin with; what is in archives, NiFi finds itself. */
export function jarsIn(parts: string): string[] {
  return NIFI.files
    .map(nameOf)
    .filter((name) => name.startsWith('common/') && name.endsWith('.jar'))
    .map((name) => path.join(parts, name));
}
