/** Finds out whether a port that closes connections early expects TLS or a login, or only the network is broken. */

import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { BytesReader } from '../protocol/bytes.ts';

/** What a port has shown; `login`: it wants one before any other request. */
interface Shown {
  /** `unknown` when it has shown nothing. */
  readonly speaks: 'tls' | 'plain' | 'unknown';
  readonly login: boolean;
}

/** Kafka's answer to a login of a mechanism that a listener with logins does not have. */
const UNSUPPORTED_MECHANISM = 33;
/** Kafka's answer to a login where there are none. */
const NO_LOGIN_HERE = 34;
/** Kafka's frame of a request starts with its length: more than this is no answer to the request below. */
const LONGEST_ANSWER = 10_000;
/** What OpenSSL says when the other side does not speak TLS at all. */
const NO_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|UNKNOWN_PROTOCOL|UNEXPECTED_EOF/;

/**
 * Asks a port, over TLS and in plain, which mechanisms of login it has: every listener of Kafka's answers that, one
 * without logins with an error of its own. Only an answer shows something; a connection that is refused, reset or
 * silent shows nothing.
 *
 * @param ms after so long without an answer nothing is shown
 * @see https://kafka.apache.org/protocol.html#The_Messages_SaslHandshake
 */
export async function probeListener(
  address: { readonly host: string; readonly port: number },
  ms: number,
): Promise<Shown> {
  const nothing = { speaks: 'unknown', login: false } as const;
  const overTls = (): Socket => connectTls({ ...address, rejectUnauthorized: false });
  const [tls, plain] = await Promise.all([
    asked(overTls, 'secureConnect', ms),
    asked(() => connectPlain(address), 'connect', ms),
  ]);
  if (tls.opened) return { speaks: 'tls', login: tls.errorCode === UNSUPPORTED_MECHANISM };
  if (plain.errorCode === UNSUPPORTED_MECHANISM) return { speaks: 'plain', login: true };
  if (plain.errorCode === NO_LOGIN_HERE) return { speaks: 'plain', login: false };
  return nothing;
}

/** Asks on a new connection. `opened`: it stood, or the other side broke the handshake off with a word of TLS. */
function asked(
  dial: () => Socket,
  opens: 'connect' | 'secureConnect',
  ms: number,
): Promise<{ readonly opened: boolean; readonly errorCode: number | undefined }> {
  return new Promise((resolve) => {
    const socket = dial();
    let opened = false;
    let answer = Buffer.alloc(0);
    const end = (errorCode?: number): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ opened, errorCode });
    };
    const timer = setTimeout(end, ms);
    socket.once(opens, () => {
      opened = true;
      socket.write(handshakeRequest());
    });
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      if (answer.length < 10) return;
      const reader = new BytesReader(answer);
      const [length, correlation] = [reader.int32(), reader.int32()];
      end(length <= LONGEST_ANSWER && correlation === CORRELATION ? reader.int16() : undefined);
    });
    socket.once('error', ({ code = '', message }: NodeJS.ErrnoException) => {
      const words = `${code} ${message}`.toUpperCase().replaceAll(' ', '_');
      if (/ERR_SSL|EPROTO/.test(words) && !NO_TLS.test(words)) opened = true;
      end();
    });
    socket.once('close', () => end());
  });
}

/** Tells the answer from anything else. */
const CORRELATION = 0x5354_0001;

/** SaslHandshake, version 1, for a mechanism that there is not. */
function handshakeRequest(): Buffer {
  const mechanism = Buffer.from('NONE');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + 2 + mechanism.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(17, 4);
  request.writeInt16BE(1, 6);
  request.writeInt32BE(CORRELATION, 8);
  request.writeInt16BE(-1, 12); // no client id
  request.writeInt16BE(mechanism.length, 14);
  mechanism.copy(request, 16);
  return request;
}
