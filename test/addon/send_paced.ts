/**
 * Child process: packets of 1,000 flows at a pace, until it is told to end: then how many they were.
 * argv: pin directory, index, its MAC, the other end's, packets a second, and, where it is another, the virtual
 * server's address and port.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { addon } from '../../src/addon/addon.ts';

const [pinDirectory = '', index = '', source = '', destination = '', pace = '', ...server] =
  process.argv.slice(2);
const [address = '10.9.9.9', port = '80'] = server;
const clients = 1_000;
const SYN = 0x02;
const ACK = 0x10;
const generator = new (addon().Generator)(pinDirectory, { untimed: true });
const send = (count: number, flags: number) =>
  generator.send({
    index: Number(index),
    count,
    source,
    destination,
    firstClient: '10.0.0.1',
    clients,
    firstServer: address,
    servers: 1,
    port: Number(port),
    flags,
  });

let ended = false;
process.stdin.once('data', () => {
  ended = true;
});
send(clients, SYN);
send(clients, ACK);
let sent = 2 * clients;
process.stdout.write('sending\n');
let missed = 0;
const began = performance.now();
while (!ended) {
  await pause(1); // a call ends with a synchronisation of the kernel's: some milliseconds, whatever it sends
  const due = 2 * clients + ((performance.now() - began) / 1_000) * Number(pace) - sent - missed;
  if (due < clients) continue;
  send(clients, ACK);
  sent += clients;
  // What was missed is not made up for: it would come as one burst, and fill the rings.
  missed += Math.max(0, due - 2 * clients);
}
process.stdout.write(`${sent}\n`);
process.exit(0);
