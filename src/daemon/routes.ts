/** What the control socket answers, one row a path. */
import { readChanges } from '../control/read_changes.ts';
import type { Routes } from '../control/server.ts';
import type { Running } from './running.ts';

export type Served = Pick<Running, 'status' | 'healthy' | 'tables' | 'changeTables' | 'connections'>;

export function routesOf(running: Served): Routes {
  return {
    'GET /status': async () => ({ code: 200, body: await running.status() }),
    'GET /healthz': () => ({ code: running.healthy ? 200 : 503, body: { ok: running.healthy } }),
    'GET /ipvsadm': async () => ({ code: 200, body: await running.tables() }),
    'POST /ipvsadm': async (body) => {
      const changes = readChanges(body);
      if (typeof changes === 'string') return { code: 400, body: { error: changes } };
      return { code: 200, body: await running.changeTables(changes) };
    },
    'GET /connections': () => ({ stream: running.connections() }),
  };
}
