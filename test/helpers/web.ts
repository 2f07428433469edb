/** Routes over a director that answers from memory, and ways to ask them. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { request } from 'node:http';
import { type Parts, routesOf } from '../../src/web/routes.ts';
import type { Served } from '../../src/web/served.ts';
import type { ListenAt } from '../../src/web/server.ts';
import { factsWith } from './facts.ts';

const notAsked = () => assert.fail('not asked');

/** It has the status of `factsWith`, takes every weight for 10.0.0.11, and nothing else. */
export function servedWith(changes: Partial<Served> = {}): Served {
  const { status } = factsWith();
  return {
    healthy: true,
    hindrances: async () => [],
    status: async ({ virtualServer } = {}) => ({
      ...status,
      virtual_servers: status.virtual_servers.filter(
        ({ address }) => virtualServer === undefined || address === virtualServer,
      ),
    }),
    facts: async () => factsWith(),
    tables: async () => ({ timeouts: { tcp: 900, tcpFin: 120, udp: 300 }, services: [] }),
    changeTables: async (changed) => ({ results: changed.map(() => null), problems: [] }),
    connections: notAsked,
    trace: notAsked,
    weigh: async ({ realServer, virtualServer }) =>
      realServer === '10.0.0.11' ? { changed: [{ realServer, virtualServer }], problems: [] } : undefined,
    setDatapath: async () => ({ problems: [] }),
    reload: async () => ({ outcome: 'stopping' }),
    plan: async (file) => ({ file, diagnostics: [], steps: [] }),
    ...changes,
  };
}

function watchNothing(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
}

export function partsWith(changes: Partial<Parts> = {}): Parts {
  return {
    served: servedWith(),
    remembered: {
      events: (limit) => [{ at: '2026-01-02T03:04:05.678Z', kind: 'daemon_stopping', text: `${limit}` }],
      history: () => {
        const nothing = { connections: [], packets: [], bytes: [], active: [] };
        return { step_seconds: 10, end: '2026-01-02T03:04:05.678Z', virtual_servers: {}, totals: nothing };
      },
    },
    watched: { full: false, join: watchNothing },
    page: new Map(),
    version: '0.1.0',
    ...changes,
  };
}

export const routesWith = (changes: Partial<Parts> = {}) => routesOf(partsWith(changes));

export interface Got {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Wanted {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `path` goes out as it is written. */
export function askAt(
  at: ListenAt,
  path: string,
  { method = 'GET', headers = {}, body }: Wanted = {},
): Promise<Got> {
  const where = 'path' in at ? { socketPath: at.path } : at;
  return new Promise((resolve, reject) => {
    const call = request({ ...where, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += String(part);
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

export const json = { 'content-type': 'application/json' };
