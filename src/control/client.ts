/** Asks a running daemon over its control socket. */
import { type IncomingMessage, request } from 'node:http';
import type { DatapathAnswer, DatapathOrder } from './datapath.ts';
import type { PlanAnswer, ReloadOutcome } from './reload.ts';
import type { Status, StatusQuestion } from './status.ts';
import type { ChangeResults, TableChange } from './table_change.ts';
import type { TablesAnswer } from './tables.ts';
import { readMessages, type TraceMessage } from './trace_message.ts';
import type { WeightAnswer, WeightOrder } from './weight.ts';

/** No daemon answers at the socket: it does not run, or it died. */
export class NoDaemon extends Error {
  override readonly name = 'NoDaemon';
}

const TIMEOUT_MS = 5_000;
/** A worker that died meanwhile is started again first; a change of the data path may have a program verified first. */
const CHANGE_TIMEOUT_MS = 25_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** GET /api/v1/status. Throws NoDaemon where none listens, as all of these. */
export async function fetchStatus(socketPath: string): Promise<Status> {
  return JSON.parse(await answerText(await ask(socketPath, 'GET /api/v1/status'))) as Status;
}

/** The same with more, or of one virtual server only. Undefined where none is meant by `virtualServer`. */
export async function askStatus(
  socketPath: string,
  { history = false, virtualServer }: StatusQuestion,
): Promise<Status | undefined> {
  const query = new URLSearchParams({
    ...(history ? { history: '' } : {}),
    ...(virtualServer === undefined ? {} : { virtual_server: virtualServer }),
  });
  const response = await ask(socketPath, `GET /api/v1/status?${query.toString()}`);
  if (response.statusCode === 404) {
    response.destroy();
    return undefined;
  }
  return JSON.parse(await answerText(response)) as Status;
}

/** GET /api/v1/ipvsadm: the tables. */
export async function fetchTables(socketPath: string): Promise<TablesAnswer> {
  return JSON.parse(await answerText(await ask(socketPath, 'GET /api/v1/ipvsadm'))) as TablesAnswer;
}

/** POST /api/v1/ipvsadm: answers when the tables have taken what could be taken. */
export async function makeChanges(
  socketPath: string,
  changes: readonly TableChange[],
): Promise<ChangeResults> {
  const response = await ask(socketPath, 'POST /api/v1/ipvsadm', { body: JSON.stringify(changes) });
  return JSON.parse(await answerText(response)) as ChangeResults;
}

/** POST /api/v1/datapath. */
export async function setDatapath(socketPath: string, order: DatapathOrder): Promise<DatapathAnswer> {
  const response = await ask(socketPath, 'POST /api/v1/datapath', {
    body: JSON.stringify(order),
    timeoutMs: CHANGE_TIMEOUT_MS,
  });
  return JSON.parse(await answerText(response)) as DatapathAnswer;
}

/** POST /api/v1/weight. Undefined where no real server is meant by it. */
export async function weigh(socketPath: string, order: WeightOrder): Promise<WeightAnswer | undefined> {
  const response = await ask(socketPath, 'POST /api/v1/weight', { body: JSON.stringify(order) });
  if (response.statusCode === 404) {
    response.destroy();
    return undefined;
  }
  return JSON.parse(await answerText(response)) as WeightAnswer;
}

/** POST /api/v1/reload: answers when it is done, or was refused. */
export async function reload(socketPath: string): Promise<ReloadOutcome> {
  const response = await ask(socketPath, 'POST /api/v1/reload', { body: '{}', timeoutMs: CHANGE_TIMEOUT_MS });
  return JSON.parse(await answerText(response)) as ReloadOutcome;
}

/** POST /api/v1/plan: what a reload would do with `file`, an absolute path. */
export async function fetchPlan(socketPath: string, file: string): Promise<PlanAnswer> {
  const response = await ask(socketPath, 'POST /api/v1/plan', {
    body: JSON.stringify({ file }),
    timeoutMs: CHANGE_TIMEOUT_MS,
  });
  return JSON.parse(await answerText(response)) as PlanAnswer;
}

/** GET /api/v1/connections: lines as ConnectionEntry has them, as many as come together; read as fast as taken. */
export async function* connectionLines(socketPath: string): AsyncGenerator<readonly string[]> {
  const response = await ask(socketPath, 'GET /api/v1/connections');
  if (response.statusCode !== 200) await answerText(response);
  // Whoever reads page by page may take any time over it.
  response.socket.setTimeout(0); // tidy: the socket's own limit, taken off
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const part of response as AsyncIterable<string>) {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
  } finally {
    response.destroy();
  }
}

/** What GET /api/v1/trace takes. */
export interface TraceQuestion {
  readonly filter: string;
  readonly snap: number;
  readonly perSecond: number;
}

/** GET /api/v1/trace: decisions until `signal` ends it or the daemon stops; neither is an error. */
export async function* traceMessages(
  socketPath: string,
  { filter, snap, perSecond }: TraceQuestion,
  signal: AbortSignal,
): AsyncGenerator<TraceMessage> {
  const query = new URLSearchParams({ filter, snap: String(snap), rate: String(perSecond) });
  const response = await ask(socketPath, `GET /api/v1/trace?${query.toString()}`);
  if (response.statusCode !== 200) await answerText(response);
  const end = (): unknown => response.destroy();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    yield* readMessages(response);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!signal.aborted && !['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    response.destroy();
  }
}

async function answerText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('The daemon answers without end');
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (response.statusCode === 200) return text;
  throw new Error(`The daemon answers ${String(response.statusCode)}: ${text.trim()}`);
}

/** `what` is a method and a path. The time limit is for silence. */
function ask(
  socketPath: string,
  what: string,
  { body = '', timeoutMs = TIMEOUT_MS }: { readonly body?: string; readonly timeoutMs?: number } = {},
): Promise<IncomingMessage> {
  const [method, path] = what.split(' ');
  const headers = {
    host: 'xlb',
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    // A connection that is kept for later may be one of a daemon that has ended meanwhile.
    const call = request({ socketPath, method, path, timeout: timeoutMs, headers, agent: false }, resolve);
    call.on('timeout', () =>
      call.destroy(new Error(`The daemon did not answer within ${timeoutMs / 1000} s`)),
    );
    call.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? new NoDaemon(error.message) : error),
    );
    call.end(body);
  });
}
