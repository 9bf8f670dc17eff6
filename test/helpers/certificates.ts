/** Makes certificates for tests of TLS, with the openssl program. */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate with its private key, both PEM. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority, what it signed, and one that nobody knows. */
export interface TestCertificates {
  /** The authority's certificate: what a client must trust. */
  readonly ca: string;
  /** For a broker: names 127.0.0.1 and localhost. */
  readonly server: Certificate;
  /** For a client that has to show one. */
  readonly client: Certificate;
  /** As `server`, but its last day was years ago. */
  readonly expired: Certificate;
  /** The certificate of another authority, which signed none of these. */
  readonly otherCa: string;
}

const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost';

/** Makes a fresh set; about 0.3 s. Nothing stays on the disk. */
export async function makeCertificates(): Promise<TestCertificates> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-certificates-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const read = (name: string) => fs.readFile(path.join(folder, name), 'utf8');
  const keyFor = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];

  async function authority(name: string): Promise<void> {
    await openssl(
      'req',
      '-x509',
      ...keyFor(name),
      '-out',
      `${name}.pem`,
      '-days',
      '30',
      '-subj',
      `/CN=test ${name}`,
    );
  }
  async function sign(name: string, ...validity: string[]): Promise<Certificate> {
    await openssl('req', '-new', ...keyFor(name), '-out', `${name}.csr`, '-subj', `/CN=test ${name}`);
    await openssl(
      'ca',
      '-batch',
      '-config',
      'ca.conf',
      '-notext',
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      ...validity,
    );
    return { cert: await read(`${name}.pem`), key: await read(`${name}.key`) };
  }

  try {
    await authority('ca');
    await authority('other');
    await fs.writeFile(path.join(folder, 'ca.conf'), CA_SETTINGS);
    await fs.writeFile(path.join(folder, 'index.txt'), '');
    await fs.mkdir(path.join(folder, 'issued'));
    const server = await sign('server', '-days', '30');
    const client = await sign('client', '-days', '30');
    const expired = await sign('expired', '-startdate', '20200101000000Z', '-enddate', '20200201000000Z');
    return { ca: await read('ca.pem'), server, client, expired, otherCa: await read('other.pem') };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Only `openssl ca` can sign for days in the past. */
const CA_SETTINGS = `[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = issued
certificate = ca.pem
private_key = ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
${NAMES.replace('=', ' = ')}
`;
