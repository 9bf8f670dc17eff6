/** Jupyter's wire protocol: connection file, signatures, messages, sockets. */
export { readConnection, type Channel, type Connection } from './connection.ts';
export { decode, encode, limits, type Decoded } from './codec.ts';
export {
  newHeader,
  protocolVersion,
  type Header,
  type Json,
  type Message,
  type Outgoing,
} from './message.ts';
export { Signer } from './signature.ts';
export { Wire, type RequestChannel, type WireListener } from './wire.ts';
