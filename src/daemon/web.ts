/** Puts together what others see of a director: the last hour, the stream, the control socket and HTTP. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { PlanAnswer, ReloadOutcome } from '../control/reload.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import { HistorySampler } from '../web/history_sampler.ts';
import { pageFiles } from '../web/page_files.ts';
import { routesOf } from '../web/routes.ts';
import type { Served } from '../web/served.ts';
import { WebServer } from '../web/server.ts';
import { StatusStream } from '../web/stream.ts';
import { HttpListener, type HttpSettings } from './http_listener.ts';
import type { InstancePaths } from './paths.ts';
import type { Running } from './running.ts';
import { SharedTurns } from './shared_turns.ts';
import { TraceViewers } from './trace_viewers.ts';
import { version } from './version.ts';

/** What the control socket may ask for besides what a running director answers. */
export interface Reloading {
  readonly reload: () => Promise<ReloadOutcome>;
  readonly plan: (file: string) => Promise<PlanAnswer>;
}

export interface Web {
  /** HTTP: to where the settings say. Never rejects for an address or a file. */
  listen(settings: HttpSettings): Promise<void>;
  close(): Promise<void>;
}

export interface WebShell {
  readonly clock: Clock;
  readonly dataplane: DataplaneClient;
  readonly log: Logger;
}

/** The control socket answers when it resolves; HTTP is there once it is told where. */
export async function openWeb(
  running: Running,
  { paths, reloading }: { readonly paths: InstancePaths; readonly reloading: Reloading },
  { clock, dataplane, log }: WebShell,
): Promise<Web> {
  const { events } = running;
  const stream = new StatusStream({
    clock,
    status: () => running.status(),
    subscribe: (listener) => events.subscribe(listener),
  });
  const sampler = new HistorySampler({ clock, ask: () => dataplane.ask({ ask: 'totals' }) });
  const routes = routesOf({
    served: servedBy(running, reloading, new TraceViewers(dataplane)),
    remembered: {
      events: (limit) => events.last(limit),
      history: (names) => sampler.history.read(names),
    },
    watched: stream,
    page: pageFiles(),
    version: version(),
  });
  const control = await WebServer.listen({ path: paths.socket }, { routes });
  const http = new HttpListener(routes, log);
  return {
    listen: (settings) => http.listen(settings),
    close: async () => {
      sampler.stop();
      stream.close();
      await Promise.all([control.close(), http.close()]);
    },
  };
}

function servedBy(running: Running, { plan, reload }: Reloading, viewers: TraceViewers): Served {
  const tables = new SharedTurns(() => running.tables());
  return {
    get healthy() {
      return running.healthy;
    },
    hindrances: () => running.hindrances(),
    status: (question) => running.status(question),
    facts: () => running.facts(),
    tables: () => tables.ask(),
    changeTables: (changes) => running.changeTables(changes),
    connections: () => running.connections(),
    trace: (wish) => viewers.open(wish),
    weigh: (order) => running.weigh(order),
    setDatapath: (order) => running.setDatapath(order),
    reload,
    plan,
  };
}
