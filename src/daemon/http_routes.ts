/** What HTTP answers to anybody, one row a path. */
import type { Routes } from '../control/server.ts';
import { createExposition } from '../metrics/exposition.ts';
import type { Running } from './running.ts';

export function httpRoutes(running: Pick<Running, 'facts' | 'healthy'>): Routes {
  const expose = createExposition(() => running.facts());
  return {
    'GET /metrics': () => expose(),
    'GET /healthz': () => ({ code: running.healthy ? 200 : 503, body: { ok: running.healthy } }),
  };
}
