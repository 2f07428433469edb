/** The row of decisions as they are made: messages as src/control/trace_message.ts has them. */
import { addon, TRACE_SNAP } from '../addon/addon.ts';
import { FilterError, parseFilter } from '../control/trace_filter.ts';
import { type Answered, failure, type Route, STREAMED_TEXT } from './route.ts';
import type { Served } from './served.ts';

const SNAP = 128;
const PER_SECOND = 1_000;
const MOST_PER_SECOND = 1_000_000;

export function traceRoute(served: Served): Route {
  return {
    method: 'GET',
    path: '/api/v1/trace',
    may: 'socket',
    does: 'What becomes of packets as they come, in binary: xlb trace and xlb capture read it.',
    query: {
      filter: { type: 'string', description: 'As xlb trace takes it; none: every packet.' },
      snap: {
        type: 'integer',
        minimum: 0,
        maximum: TRACE_SNAP,
        default: SNAP,
        description: 'Bytes of a frame.',
      },
      rate: {
        type: 'integer',
        minimum: 0,
        maximum: MOST_PER_SECOND,
        default: PER_SECOND,
        description: 'So many a second at most; 0: all.',
      },
    },
    answers: { 200: { type: 'string' }, 400: 'Error', 409: 'Error', 503: 'Error' },
    contentType: STREAMED_TEXT,
    handle: ({ query }) =>
      answer(served, {
        text: String(query['filter'] ?? ''),
        snap: Number(query['snap'] ?? SNAP),
        perSecond: Number(query['rate'] ?? PER_SECOND),
      }),
  };
}

async function answer(
  served: Served,
  { text, snap, perSecond }: { readonly text: string; readonly snap: number; readonly perSecond: number },
): Promise<Answered> {
  try {
    const filter = parseFilter(text, addon().verdicts);
    const stream = await served.trace({ filter, snap, perSecond });
    if (stream === undefined) return failure(409, 'Cannot trace: too many watch already; end one of them');
    return { stream, quiet: true };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return failure(
      400,
      `Cannot read the filter: ${error.message} (character ${error.column + 1}): ${error.help}`,
    );
  }
}
