/** The page and an API that says whatever a test wants, in this process. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Status } from '../../src/control/status.ts';
import type { WeightOrder } from '../../src/control/weight.ts';
import type { HistoryAnswer } from '../../src/web/history.ts';
import { pageFiles } from '../../src/web/page_files.ts';
import { StatusTexts } from '../../src/web/status_changes.ts';

/** As the daemon's: nothing but files of our own runs or is asked for. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";

export interface PageWorld {
  status: Status;
  history?: HistoryAnswer;
  events?: readonly unknown[];
  /** The next answer about events is made at once, and comes when this resolves. */
  holdsEvents?: Promise<unknown>;
  actions?: boolean;
  /** Asked for by everything below /api. */
  token?: string;
  /** false: GET /api/v1/stream is not there. */
  stream?: boolean;
  /** Nobody answers any more. */
  silent?: boolean;
  onWeight?: (order: WeightOrder) => void;
}

export class PageServer {
  readonly world: PageWorld;
  readonly #server;
  readonly #viewers = new Set<ServerResponse>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  constructor(world: PageWorld) {
    this.world = world;
    const files = pageFiles();
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const { pathname, search } = url;
      this.asked.push(pathname + search);
      const file = files.get(pathname);
      response.setHeader('content-security-policy', policy);
      if (file !== undefined) response.setHeader('content-type', file.contentType).end(file.body);
      else if (this.world.silent === true) request.destroy();
      else if (
        this.world.token !== undefined &&
        request.headers.authorization !== `Bearer ${this.world.token}`
      )
        json(response, { error: 'A token is needed' }, 401);
      else if (pathname === '/api/v1/stream' && this.world.stream !== false) this.#stream(response);
      else if (pathname === '/api/v1/weight') {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          const order = JSON.parse(Buffer.concat(parts).toString()) as WeightOrder;
          this.world.onWeight?.(order);
          json(response, { changed: [order], problems: [] });
        });
      } else if (pathname === '/api/v1/events' && this.world.holdsEvents !== undefined) {
        const { events = [], holdsEvents } = this.world;
        delete this.world.holdsEvents;
        void holdsEvents.then(() => json(response, events));
      } else this.#answer(url, response);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** To everybody who watches. */
  tell(status: Status): void {
    const changes = new StatusTexts(status).since(new StatusTexts(this.world.status));
    this.world.status = status;
    if (changes === undefined) this.send('status', status);
    else if (changes !== '') this.send('changes', JSON.parse(changes));
  }

  send(event: string, data: unknown): void {
    for (const viewer of this.#viewers) viewer.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends every stream. */
  hangUp(): void {
    for (const viewer of this.#viewers) viewer.destroy();
    this.#viewers.clear();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ pathname: path, searchParams: query }: URL, response: ServerResponse): void {
    const { actions = false, events = [], history, status } = this.world;
    const answers: Readonly<Record<string, unknown>> = {
      '/api/v1/status': status,
      '/api/v1/history': history && chosen(history, query.getAll('virtual_server')),
      '/api/v1/events': events,
      '/api/v1/session': { actions, token: false },
    };
    const answer = answers[path];
    if (answer === undefined) json(response, { error: 'Nothing here' }, 404);
    else json(response, answer);
  }

  #stream(response: ServerResponse): void {
    response.setHeader('content-type', 'text/event-stream');
    response.write(`event: status\ndata: ${JSON.stringify(this.world.status)}\n\n`);
    this.#viewers.add(response);
    response.on('close', () => this.#viewers.delete(response));
  }
}

function json(response: ServerResponse, body: unknown, code = 200): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Of these virtual servers only, as a director has it. */
function chosen(history: HistoryAnswer, names: readonly string[]): HistoryAnswer {
  const series = Object.entries(history.virtual_servers).filter(([name]) => names.includes(name));
  return { ...history, virtual_servers: Object.fromEntries(series) };
}
