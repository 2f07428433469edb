/** Rows that change something, or could tell more than everybody may know. */
import { readDatapathOrder } from '../control/datapath.ts';
import { readChanges } from '../control/read_changes.ts';
import { readPlanOrder } from '../control/reload.ts';
import { readWeightOrder } from '../control/weight.ts';
import { datapathOrder, planOrder, tableChanges, weightOrder } from './order_schemas.ts';
import { type Answered, failure, type Route } from './route.ts';
import type { Served } from './served.ts';

type Order = Pick<Route, 'path' | 'may' | 'does' | 'body' | 'answers' | 'handle'>;

export function orderRoutes(served: Served): Route[] {
  const orders: Order[] = [
    {
      path: '/api/v1/weight',
      may: 'operator',
      does: 'Gives a real server a weight by hand until that is undone: 0 drains it, null undoes it.',
      body: weightOrder,
      answers: { 200: 'WeightAnswer', 404: 'Error' },
      handle: ({ body }) =>
        readThen(readWeightOrder(body), async (order) => {
          const answer = await served.weigh(order);
          if (answer !== undefined) return { code: 200, body: answer };
          const { realServer, virtualServer } = order;
          return failure(404, `Cannot find real server ${realServer} in a virtual server ${virtualServer}`);
        }),
    },
    {
      path: '/api/v1/reload',
      may: 'operator',
      does: 'Reads the configuration file again and makes it the one in force; answers when that is done or refused.',
      body: { type: 'object' },
      answers: { 200: 'ReloadOutcome' },
      handle: async () => ({ code: 200, body: await served.reload() }),
    },
    {
      path: '/api/v1/datapath',
      may: 'operator',
      does: 'Chooses the data path by hand, until the next reload.',
      body: datapathOrder,
      answers: { 200: 'Problems' },
      handle: ({ body }) =>
        readThen(readDatapathOrder(body), async (order) => ({
          code: 200,
          body: await served.setDatapath(order),
        })),
    },
    {
      path: '/api/v1/plan',
      may: 'socket',
      does: 'What a reload would do with another file. Its diagnostics quote the file, which root can read.',
      body: planOrder,
      answers: { 200: 'PlanAnswer' },
      handle: ({ body }) =>
        readThen(readPlanOrder(body), async ({ file }) => ({ code: 200, body: await served.plan(file) })),
    },
    {
      path: '/api/v1/ipvsadm',
      may: 'socket',
      does: 'Changes of the tables by hand, as `xlb ipvsadm` makes them.',
      body: tableChanges,
      answers: { 200: 'ChangeResults' },
      handle: ({ body }) =>
        readThen(readChanges(body), async (changes) => ({
          code: 200,
          body: await served.changeTables(changes),
        })),
    },
  ];
  return orders.map(({ answers, ...order }) => ({
    method: 'POST',
    ...order,
    answers: { ...answers, 400: 'Error' },
  }));
}

/** `read`: one sentence where the body is wrong. */
function readThen<T>(read: T | string, then: (order: T) => Promise<Answered>): Answered | Promise<Answered> {
  return typeof read === 'string' ? failure(400, read) : then(read);
}
