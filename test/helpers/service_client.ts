/**
 * Child process: a client of the faulty services at an address, from the first message until the second, which it
 * answers with what became of all requests. argv: the address, the services in JSON, milliseconds between requests.
 */
import { createSocket } from 'node:dgram';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Asked, Service } from './faulty_orders.ts';
import { timeLimit } from './time_limit.ts';

/** A SYN that is lost is sent again after one second. */
const withinMs = 2_500;
const [, , host = '', list = '[]', everyMs = '50'] = process.argv;

type Answer = (text: string) => void;
/** One request. `answer` is told what came, or '' where it failed; it hears only the first. */
type Ask = (port: number, answer: Answer, signal: AbortSignal) => void;

const failed = (answer: Answer) => () => answer('');

const byTcp: Ask = (port, answer, signal) => {
  const socket = connect({ host, port, signal });
  socket.on('data', (bytes) => {
    answer(/^(?:220 )?([a-z]\w*)/.exec(String(bytes))?.[1] ?? '');
    socket.destroy();
  });
  socket.on('error', failed(answer)).on('close', failed(answer));
};

const byHttp =
  (get: typeof httpGet | typeof httpsGet): Ask =>
  (port, answer, signal) => {
    get({ host, port, agent: false, signal, rejectUnauthorized: false }, (response) => {
      response.on('error', failed(answer)).on('end', failed(answer));
      response.on('data', (bytes) => answer(response.statusCode === 200 ? String(bytes).trim() : ''));
    }).on('error', failed(answer));
  };

/** A question of DNS, which a UDP echo sends back. */
const question = Buffer.from('1234010000010000000000000000060001', 'hex');

const byUdp: Ask = (port, answer, signal) => {
  const socket = createSocket({ type: 'udp4', signal });
  const end = (text: string) => {
    answer(text);
    if (!signal.aborted) socket.close();
  };
  socket.on('error', () => answer(''));
  socket.on('message', (reply) =>
    end(reply[0] === 0x12 && (reply.readUInt16BE(2) & 0xf) === 0 ? 'some' : ''),
  );
  socket.connect(port, host, () => socket.send(question, (error) => (error ? end('') : undefined)));
};

const asks: Readonly<Record<Service['kind'], Ask>> = {
  tcp: byTcp,
  smtp: byTcp,
  http: byHttp(httpGet),
  https: byHttp(httpsGet),
  dns: byUdp,
  udp: byUdp,
};

function request({ kind, port }: Service): Promise<Asked> {
  const begunMs = Date.now();
  return new Promise((resolve) => {
    const limit = new AbortController();
    const timer = timeLimit(withinMs, () => limit.abort());
    const answer = (from: string) => {
      clearTimeout(timer);
      resolve({ port, begunMs, endedMs: Date.now(), from });
    };
    limit.signal.addEventListener('abort', failed(answer));
    asks[kind](port, answer, limit.signal);
  });
}

let stopped = false;
async function load(): Promise<readonly Asked[]> {
  const services: readonly Service[] = JSON.parse(list);
  const all = services.map(async (service) => {
    const calls: Promise<Asked>[] = [];
    while (!stopped) {
      calls.push(request(service));
      await pause(Number(everyMs));
    }
    return Promise.all(calls);
  });
  return (await Promise.all(all)).flat();
}

let loading: Promise<readonly Asked[]> | undefined;
process.on('message', async () => {
  if (loading === undefined) {
    stopped = false;
    loading = load();
    return;
  }
  stopped = true;
  const asked = await loading;
  loading = undefined;
  if (process.connected) process.send?.(asked);
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit());
