/** What the control socket answers, one row a path. */
import { readDatapathOrder } from '../control/datapath.ts';
import { readChanges } from '../control/read_changes.ts';
import { type PlanAnswer, type ReloadOutcome, readPlanOrder } from '../control/reload.ts';
import type { Routes } from '../control/server.ts';
import { readWeightOrder } from '../control/weight.ts';
import type { Running } from './running.ts';

export type Served = Pick<
  Running,
  'status' | 'healthy' | 'tables' | 'changeTables' | 'connections' | 'weigh' | 'setDatapath'
>;

/** What the control socket may ask for besides. */
export interface Reloading {
  readonly reload: () => Promise<ReloadOutcome>;
  readonly plan: (file: string) => Promise<PlanAnswer>;
}

export function routesOf(running: Served, { plan, reload }: Reloading): Routes {
  return {
    'GET /status': async (_, query) => {
      const virtualServer = query.get('virtual_server') ?? undefined;
      const history = query.has('history');
      const status = await running.status({
        history,
        ...(virtualServer === undefined ? {} : { virtualServer }),
      });
      if (virtualServer === undefined || status.virtual_servers.length > 0)
        return { code: 200, body: status };
      return { code: 404, body: { error: `Cannot find a virtual server ${virtualServer}` } };
    },
    'GET /healthz': () => ({ code: running.healthy ? 200 : 503, body: { ok: running.healthy } }),
    'GET /ipvsadm': async () => ({ code: 200, body: await running.tables() }),
    'POST /ipvsadm': async (body) => {
      const changes = readChanges(body);
      if (typeof changes === 'string') return { code: 400, body: { error: changes } };
      return { code: 200, body: await running.changeTables(changes) };
    },
    'POST /weight': async (body) => {
      const order = readWeightOrder(body);
      if (typeof order === 'string') return { code: 400, body: { error: order } };
      const answer = await running.weigh(order);
      if (answer !== undefined) return { code: 200, body: answer };
      const error = `Cannot find real server ${order.realServer} in a virtual server ${order.virtualServer}`;
      return { code: 404, body: { error } };
    },
    'POST /reload': async () => ({ code: 200, body: await reload() }),
    'POST /plan': async (body) => {
      const order = readPlanOrder(body);
      if (typeof order === 'string') return { code: 400, body: { error: order } };
      return { code: 200, body: await plan(order.file) };
    },
    'POST /datapath': async (body) => {
      const order = readDatapathOrder(body);
      if (typeof order === 'string') return { code: 400, body: { error: order } };
      return { code: 200, body: await running.setDatapath(order) };
    },
    'GET /connections': () => ({ stream: running.connections() }),
  };
}
