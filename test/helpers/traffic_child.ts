/** Child process: a client that carries out orders (traffic_orders.ts), to be started in a client's namespace. */
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { timeLimit } from './time_limit.ts';
import type { Answer, Order, Ordered } from './traffic_orders.ts';

/** A SYN that is lost twice comes after three seconds. */
const answerWithinMs = 6_000;

/**
 * Each connection has a port of its own. The kernel's choice begins at another place every ten seconds and may come to
 * those that were used: to the director that is no new connection for two minutes (IPVS's FIN_WAIT), nor counted.
 */
const [, , first = '2000', last = '31999'] = process.argv;
let nextPort = Number(first);
function ownPort(): number {
  const port = nextPort;
  nextPort = port === Number(last) ? Number(first) : port + 1;
  return port;
}

interface Kept {
  readonly host: string;
  readonly port: number;
  readonly agent: Agent;
  socket: Socket | undefined;
}

let kept: Kept[] = [];
let loading: { readonly done: Promise<Answer[]>; stop: boolean } | undefined;

function failed(reason: string, at: Pick<Answer, 'port' | 'over'>): Answer {
  return { from: `failed: ${reason}`, ...at };
}

/** One request; never throws. `onSocket` sees the connection it goes by, and may refuse it with a reason. */
function get(
  host: string,
  port: number,
  options: { agent: Agent | false; onSocket?: (socket: Socket) => string | undefined },
): Promise<Answer> {
  const over = options.agent === false ? 'new' : 'kept';
  let from = 0;
  return new Promise((resolve) => {
    const call = request({ host, port, agent: options.agent, localPort: ownPort() }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ from: body.trim(), port: from, over }));
      response.on('error', (error) => call.destroy(error));
    });
    call.on('socket', (socket) => {
      const refused = options.onSocket?.(socket);
      if (refused !== undefined) call.destroy(new Error(refused));
      const note = () => {
        from = socket.localPort ?? 0;
      };
      if (socket.connecting) socket.once('connect', note);
      else note();
    });
    const timer = timeLimit(answerWithinMs, () => call.destroy(new Error('no answer in time')));
    call.on('close', () => clearTimeout(timer));
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve(failed(error.code ?? error.message, { port: from, over })),
    );
    call.end();
  });
}

async function getMany(host: string, port: number, amount: { count: number; atOnce: number }) {
  const answers: Answer[] = [];
  let begun = 0;
  const one = async () => {
    while (begun < amount.count) {
      begun += 1;
      answers.push(await get(host, port, { agent: false }));
    }
  };
  await Promise.all(Array.from({ length: amount.atOnce }, one));
  return answers;
}

async function open(host: string, port: number, count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let done = 0; done < count; done += 1) {
    const one: Kept = { host, port, agent: new Agent({ keepAlive: true, maxSockets: 1 }), socket: undefined };
    kept.push(one);
    const onSocket = (socket: Socket) => {
      one.socket = socket;
      return undefined;
    };
    answers.push(await get(host, port, { agent: one.agent, onSocket }));
  }
  return answers;
}

function ask(): Promise<Answer[]> {
  return Promise.all(
    kept.map(({ host, port, agent, socket: first }) =>
      get(host, port, {
        agent,
        onSocket: (socket) => (socket === first ? undefined : 'the connection broke'),
      }),
    ),
  );
}

function close(): Answer[] {
  for (const { agent } of kept) agent.destroy();
  kept = [];
  return [];
}

function load(host: string, port: number, everyMs: number): void {
  const state = { stop: false, done: Promise.resolve<Answer[]>([]) };
  const news = async () => {
    const calls: Promise<Answer>[] = [];
    while (!state.stop) {
      calls.push(get(host, port, { agent: false }));
      await pause(everyMs);
    }
    return Promise.all(calls);
  };
  const keeps = async () => {
    const answers: Answer[] = [];
    while (!state.stop) {
      answers.push(...(await ask()));
      await pause(everyMs * 5);
    }
    return answers;
  };
  state.done = Promise.all([news(), keeps()]).then((lists) => lists.flat());
  loading = state;
}

async function unload(): Promise<Answer[]> {
  if (loading === undefined) return [];
  loading.stop = true;
  return loading.done;
}

async function udpFrom(clientPort: number, order: Order & { do: 'udp' }): Promise<Answer[]> {
  const socket = createSocket(order.host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(clientPort);
  await once(socket, 'listening');
  socket.connect(order.port, order.host);
  await once(socket, 'connect');
  const answers: Answer[] = [];
  for (let sent = 0; sent < order.each; sent += 1) answers.push(await datagram(socket, clientPort, order));
  socket.close();
  return answers;
}

type DatagramSocket = ReturnType<typeof createSocket>;

/** The echo names the real server and what arrived there: all of it, or it failed. */
async function datagram(socket: DatagramSocket, port: number, order: Order & { do: 'udp' }) {
  const payload = randomBytes(order.bytes);
  const arrived = `${payload.length} ${createHash('sha1').update(payload).digest('hex')}`;
  const limit = new AbortController();
  const timer = timeLimit(order.withinMs, () => limit.abort());
  try {
    const answer = once(socket, 'message', { signal: limit.signal });
    socket.send(payload);
    const [message] = await answer;
    const [, name = '', what = ''] = /^(\S+) (.*)$/.exec(String(message)) ?? [];
    return what === arrived
      ? ({ from: name, port, over: 'new' } as const)
      : failed('altered', { port, over: 'new' });
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return failed(name === 'AbortError' ? 'no answer in time' : (code ?? name), { port, over: 'new' });
  } finally {
    clearTimeout(timer);
  }
}

async function carryOut(order: Order): Promise<readonly Answer[]> {
  switch (order.do) {
    case 'get':
      return getMany(order.host, order.port, order);
    case 'open':
      return open(order.host, order.port, order.count);
    case 'ask':
      return ask();
    case 'close':
      return close();
    case 'load':
      load(order.host, order.port, order.everyMs);
      return [];
    case 'unload':
      return unload();
    case 'udp':
      return (await Promise.all(order.ports.map((port) => udpFrom(port, order)))).flat();
  }
}

process.on('message', async ({ serial, order }: Ordered) => {
  const answers = await carryOut(order);
  if (process.connected) process.send?.({ serial, answers });
});

// Whoever started us is gone.
process.on('disconnect', () => process.exit());
