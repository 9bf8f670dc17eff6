/** The serving room's public face. */

export { HttpListenError, HttpRefusedError } from './errors.ts';
