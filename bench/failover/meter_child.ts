/**
 * Child process: `echo NAME` answers datagrams with its name; `probe ADDRESS` sends one every 5 ms and tells who
 * answered, by IPC. Times are of CLOCK_MONOTONIC, in ms: the same in every process.
 */
import { createSocket } from 'node:dgram';
import { type Answer, now, stepMs } from './outage.ts';

const port = 7_007;
const [, , what = '', name = ''] = process.argv;
const socket = createSocket('udp4');
// Without a director there is nobody to ask: ICMP errors are no news.
socket.on('error', () => undefined);
process.on('disconnect', () => socket.close(() => process.exit())); // tidy: whoever started us is gone

function echo(): void {
  socket.on('message', (_, { port: to, address }) => socket.send(name, to, address, () => undefined));
  socket.bind(port, () => process.send?.('up'));
}

function probe(): void {
  let answers: Answer[] = [];
  let due = now();
  let late = 0;
  socket.on('message', (who) => {
    const atMs = now();
    // Held up since a probe was due, it hears late, too.
    answers.push({ atMs, who: who.toString(), lateMs: Math.max(late, atMs - due, 0) });
  });
  setInterval(() => {
    const at = now();
    // How much of a gap is our own: a probe that was sent late.
    late = Math.max(0, at - due);
    due = at + stepMs;
    socket.send('?', port, name, () => undefined);
  }, stepMs);
  setInterval(() => {
    if (answers.length > 0 && process.connected) process.send?.(answers);
    answers = [];
  }, 20);
  process.send?.('up');
}

if (what === 'echo') echo();
else probe();
