/** Every route, one row each; further down the rows that change something. */

import { orderRoutes } from './order_routes.ts';
import type { PageFile } from './page_files.ts';
import type { Answered, Route } from './route.ts';
import { failure, STREAMED_TEXT } from './route.ts';
import type { Remembered, Served, Watched } from './served.ts';
import { traceRoute } from './trace_route.ts';

export interface Parts {
  readonly served: Served;
  readonly remembered: Remembered;
  readonly watched: Watched;
  readonly page: ReadonlyMap<string, PageFile>;
  /** Of the document: the version of xlb. */
  readonly version: string;
}

const MAX_EVENTS = 1000;

const virtualServer = {
  type: 'string',
  description: 'As an operator writes it: 10.0.0.1:80, 10.0.0.1, [fd00::1]:53, fwmark:7, group:WEB.',
};
const history = {
  type: 'boolean',
  description: 'Also the last results of each check, and when real servers went up and down.',
};

/** Rows of the API and of the page. What needs the whole table, as the OpenAPI document, is the last. */
export function routesOf(parts: Parts): readonly Route[] {
  const rows = [
    ...healthRoutes(parts),
    ...stateRoutes(parts),
    ...watchRoutes(parts),
    ...pastRoutes(parts),
    ...orderRoutes(parts.served),
  ];
  const documented: Route = {
    method: 'GET',
    path: '/api/openapi.json',
    may: 'reader',
    does: 'This document.',
    answers: { 200: {} },
    handle: async () => {
      const { openApi } = await import('./openapi.ts');
      return { code: 200, body: openApi([...rows, documented], parts.version) };
    },
  };
  return [...rows, documented, ...pageRoutes(parts.page)];
}

function healthRoutes({ served }: Parts): Route[] {
  let expose: (() => Promise<{ readonly text: string; readonly contentType: string }>) | undefined;
  return [
    {
      method: 'GET',
      path: '/healthz',
      may: 'anybody',
      does: 'Whether the process is well: both of its workers run.',
      answers: { 200: 'Health', 503: 'Health' },
      handle: () => ({ code: served.healthy ? 200 : 503, body: { ok: served.healthy } }),
    },
    {
      method: 'GET',
      path: '/readyz',
      may: 'anybody',
      does: 'Whether this director forwards what the configuration says; if not, why.',
      answers: { 200: 'Readiness', 503: 'Readiness' },
      handle: async () => {
        const reasons = await served.hindrances();
        return { code: reasons.length === 0 ? 200 : 503, body: { ready: reasons.length === 0, reasons } };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      may: 'reader',
      does: 'Metrics, in the text format of Prometheus.',
      answers: { 200: { type: 'string' } },
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      handle: async () => {
        // Whoever has no Prometheus does not load it.
        const { createExposition } = await import('../metrics/exposition.ts');
        expose ??= createExposition(() => served.facts());
        return expose();
      },
    },
  ];
}

function stateRoutes({ served }: Parts): Route[] {
  const statusOf = async (name: string | undefined, withHistory: boolean): Promise<Answered> => {
    const status = await served.status({
      history: withHistory,
      ...(name === undefined ? {} : { virtualServer: name }),
    });
    if (name === undefined || status.virtual_servers.length > 0)
      return { code: 200, body: status, shared: status };
    return failure(404, `Cannot find a virtual server ${name}: /api/v1/virtual-servers has them all`);
  };
  return [
    {
      method: 'GET',
      path: '/api/v1/status',
      may: 'reader',
      does: 'Everything that is known of the director now.',
      query: { history, virtual_server: virtualServer },
      answers: { 200: 'Status', 404: 'Error' },
      handle: ({ query }) => statusOf(query['virtual_server']?.toString(), query['history'] === true),
    },
    {
      method: 'GET',
      path: '/api/v1/virtual-servers',
      may: 'reader',
      does: 'The virtual servers with their real servers, in the order of the configuration.',
      query: { history },
      answers: { 200: { type: 'array', items: { $ref: '#/components/schemas/VirtualServer' } } },
      handle: async ({ query }) => {
        const status = await served.status({ history: query['history'] === true });
        return { code: 200, body: status.virtual_servers, shared: status.virtual_servers };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/virtual-servers/{virtual_server}',
      may: 'reader',
      does: 'Those that the name means, such as TCP and UDP of one address, with the history of their checks.',
      parameters: { virtual_server: virtualServer },
      answers: {
        200: { type: 'array', items: { $ref: '#/components/schemas/VirtualServer' } },
        404: 'Error',
      },
      handle: async ({ parameters }) => {
        const answer = await statusOf(parameters['virtual_server'], true);
        if (!('code' in answer) || answer.code !== 200) return answer;
        const { virtual_servers: body } = answer.body as { virtual_servers: unknown };
        return { code: 200, body };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/vrrp-instances',
      may: 'reader',
      does: 'The virtual routers; none while their worker is being restarted.',
      answers: { 200: { type: 'array', items: { $ref: '#/components/schemas/VrrpInstance' } } },
      handle: async () => ({ code: 200, body: (await served.status()).vrrp_instances }),
    },
  ];
}

function watchRoutes({ served, watched }: Parts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/session',
      may: 'anybody',
      does: 'Whether the one who asks may change something, and whether a token would allow more.',
      answers: { 200: 'Session' },
      handle: ({ session }) => ({ code: 200, body: session }),
    },
    {
      method: 'GET',
      path: '/api/v1/stream',
      may: 'reader',
      does: 'Events as they happen and the status once a second, as server-sent events: docs/api.md has their form.',
      answers: { 200: { type: 'string' }, 503: 'Error' },
      contentType: 'text/event-stream',
      handle: () =>
        watched.full
          ? failure(503, 'Too many watch already: close a page that nobody looks at')
          : { takeOver: (response, headers) => watched.join(response, headers) },
    },
    {
      method: 'GET',
      path: '/api/v1/ipvsadm',
      may: 'reader',
      does: 'The tables as `xlb ipvsadm` shows them.',
      answers: { 200: 'Tables', 503: 'Error' },
      handle: async () => {
        const body = await served.tables();
        return { code: 200, body, shared: body };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/connections',
      may: 'socket',
      does: 'Connections and persistence templates, a line each, as fast as they are read.',
      answers: { 200: { type: 'string' }, 503: 'Error' },
      contentType: STREAMED_TEXT,
      handle: () => ({ stream: served.connections() }),
    },
    traceRoute(served),
  ];
}

function pastRoutes({ remembered }: Parts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events',
      may: 'reader',
      does: 'What happened last, the newest last.',
      query: {
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_EVENTS,
          default: 100,
          description: 'At most so many.',
        },
      },
      answers: { 200: { type: 'array', items: { $ref: '#/components/schemas/Event' } } },
      handle: ({ query }) => ({ code: 200, body: remembered.events(Number(query['limit'] ?? 100)) }),
    },
    {
      method: 'GET',
      path: '/api/v1/history',
      may: 'reader',
      does: 'The last hour of the virtual servers, in steps.',
      query: {
        virtual_server: {
          type: 'array',
          items: { type: 'string' },
          description: 'Only these, by their names in this answer: TCP 10.0.0.1:80.',
        },
      },
      answers: { 200: 'History' },
      handle: ({ query }) => {
        const names = query['virtual_server'] as readonly string[] | undefined;
        const body = remembered.history(names);
        return names === undefined ? { code: 200, body, shared: body } : { code: 200, body };
      },
    },
  ];
}

/** They hold nothing of this director: anybody may have them. */
function pageRoutes(page: ReadonlyMap<string, PageFile>): Route[] {
  return [...page].map(([path, { body, contentType, etag }]) => ({
    method: 'GET',
    path,
    may: 'anybody',
    does: 'A file of the status page.',
    answers: { 200: { type: 'string' } },
    contentType,
    undocumented: true,
    handle: () => ({ text: body, contentType, etag }),
  }));
}
