/**
 * The process that the kill test of transactions kills: writes one transaction, and dies by SIGKILL before request number N.
 * Arguments: brokers, topic, group, transactional id, N (0: never). Prints the names of the requests it sent.
 */
import { writeSync } from 'node:fs';
import { openKafka, openTransactions } from '../../../src/kafka/index.ts';
import { BrokerConnection } from '../../../src/kafka/protocol/broker-connection.ts';

const [brokers = '', topic = '', group = '', transactionalId = '', fatal = '0'] = process.argv.slice(2);
const send = Reflect.get(BrokerConnection.prototype, 'send');
let requests = 0;
await using client = await openKafka({ brokers });
BrokerConnection.prototype.send = function (this: BrokerConnection, call) {
  if (++requests === Number(fatal)) process.kill(process.pid, 'SIGKILL');
  writeSync(1, `${call.name}\n`);
  return send.call(this, call) as never;
};
await using producer = await openTransactions({ transactionalId, client });
await using transaction = await producer.begin();
await transaction.send(
  topic,
  [0, 1].map((partition) => ({ partition, value: transactionalId })),
);
await transaction.sendOffsets({ [topic]: { 0: 7 } }, group);
await transaction.commit();
