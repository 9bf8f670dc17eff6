/** What secures a connection, ready for use: TLS with its certificates read, and the login with its password wrapped. */
import { KafkaSettingsError } from '../errors.ts';
import type { ParsedSettings } from './schema.ts';
import { Secret, readPem } from './secret.ts';

/** TLS ready for use: PEM texts, the private ones wrapped. */
export interface TlsSettings {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: Secret | undefined;
  readonly passphrase?: Secret | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** SASL ready for use. */
export interface SaslSettings {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: Secret;
  /** PLAIN may send the password readable to another machine. */
  readonly allowCleartext: boolean;
}

/** TLS as it was asked for; `undefined` for none. */
export function tlsOf({ tls, securityProtocol }: ParsedSettings): TlsSettings | undefined {
  const wanted = securityProtocol?.endsWith('ssl') ?? (tls !== undefined && tls !== false);
  if (!wanted) return undefined;
  if (tls === undefined || typeof tls === 'boolean') return { rejectUnauthorized: true };
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = tls;
  return {
    ca: readPem('tls.ca', ca),
    cert: readPem('tls.cert', cert),
    key: wrapped(readPem('tls.key', key)),
    passphrase: wrapped(passphrase),
    servername,
    rejectUnauthorized,
  };
}

/**
 * The login as it was asked for; `undefined` for none.
 *
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) where protocol and user contradict each other
 */
export function saslOf({ sasl, securityProtocol }: ParsedSettings): SaslSettings | undefined {
  const wanted = securityProtocol?.startsWith('sasl');
  if (wanted === true && sasl === undefined) {
    const problem = `security.protocol=${securityProtocol} needs a user name and a password`;
    throw new KafkaSettingsError({ issues: [{ path: 'sasl', problem }] });
  }
  if (wanted === false && sasl !== undefined) {
    const problem = `a user is given, but security.protocol=${securityProtocol} sends none; use sasl_plaintext or sasl_ssl`;
    throw new KafkaSettingsError({ issues: [{ path: 'sasl', problem }] });
  }
  return (
    sasl && {
      ...sasl,
      password: new Secret(sasl.password),
      // Who asks for this protocol by its name has asked for just that.
      allowCleartext: sasl.allowCleartext || securityProtocol === 'sasl_plaintext',
    }
  );
}

function wrapped(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}
