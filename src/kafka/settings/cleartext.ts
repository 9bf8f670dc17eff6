/** A password sent as it is, without TLS, can be read by everybody on the way: to another machine it is not sent. */
import { isIP } from 'node:net';

/** What decides whether a password would travel in clear. */
interface LoginSettings {
  readonly tls?: unknown;
  readonly sasl?: { readonly mechanism: string; readonly allowCleartext: boolean } | undefined;
}

/**
 * Why a login at these addresses (`host:port`) is refused: SASL PLAIN without TLS to a host that is not this machine. SCRAM never sends the
 * password, and is not refused.
 *
 * @returns undefined where nothing is against it, or the user allowed it by name
 */
export function cleartextFault(
  { tls, sasl }: LoginSettings,
  addresses: readonly string[],
): string | undefined {
  if (tls !== undefined || sasl?.mechanism !== 'PLAIN' || sasl.allowCleartext) return undefined;
  const away = addresses.map(hostOf).filter((host) => !isThisMachine(host));
  if (away.length === 0) return undefined;
  return (
    `PLAIN without TLS would send the password readable to ${[...new Set(away)].join(', ')}; use tls: true or a SCRAM ` +
    'mechanism, or allow it by name with allowCleartext: true (STREAMTRAIN_SASL_ALLOW_CLEARTEXT=true) or ' +
    'security.protocol=sasl_plaintext'
  );
}

/** The host, an IPv6 address without its brackets. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Whether a host is an address of the loopback interface, or a name that always stands for one. */
function isThisMachine(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (isIP(name) === 4) return name.startsWith('127.');
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^::ffff:127\.[\d.]+$/.test(name)
  );
}
