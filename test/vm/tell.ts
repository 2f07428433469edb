/** Tells a side all stories, and writes down what it made of them. Runs in the VM. */
import { pause } from '../../src/demo/pause.ts';
import type { Frame } from '../helpers/frames.ts';
import type { Side } from './sides.ts';
import { lineOf, type Server, type Story, serviceOf } from './story.ts';
import type { Wire } from './wire.ts';

export interface Told {
  readonly story: string;
  readonly ms: number;
  /** What became of each frame, in order. */
  readonly outcomes: readonly string[];
  /** What ipvsadm shows at the end. */
  readonly lists: readonly string[];
}

export async function tell(side: Side, wire: Wire, stories: readonly Story[]): Promise<Told[]> {
  const told: Told[] = [];
  const servers = stories.map((story) => [...story.servers]);
  for (const [index, story] of stories.entries()) {
    const begin = performance.now();
    const reload = (pool: string, lines: readonly string[]): Promise<void> => {
      servers[index] = [{ ...story.servers[0], pool }, ...story.servers.slice(1)];
      return side.reload(servers.flat(), lines);
    };
    const outcomes = await outcomesOf(story, wire, { side, reload });
    const lists = await listsOf(side, story);
    told.push({ story: story.name, ms: Math.round(performance.now() - begin), outcomes, lists });
  }
  return told;
}

interface Hands {
  readonly side: Side;
  reload(pool: string, lines: readonly string[]): Promise<void>;
}

async function outcomesOf({ servers: [server], events }: Story, wire: Wire, hands: Hands): Promise<string[]> {
  const outcomes: string[] = [];
  let waiting: Frame[] = [];
  for (const [index, event] of events.entries()) {
    if (event.do === 'send') {
      waiting.push(...event.frames);
      if (events[index + 1]?.do === 'send') continue;
    }
    outcomes.push(...(await wire.send(waiting)));
    waiting = [];
    switch (event.do) {
      case 'send':
        break;
      case 'send together':
        outcomes.push(await wire.sendTogether(event.frames));
        break;
      case 'change':
        await hands.side.change([lineOf(server, event.line)]);
        break;
      case 'reload':
        await hands.reload(
          event.pool,
          event.lines.map((line) => lineOf(server, line)),
        );
        break;
      case 'wait':
        await pause(event.seconds * 1000);
        break;
    }
  }
  return outcomes;
}

async function listsOf(side: Side, { servers, views = ['-Ln'] }: Story): Promise<string[]> {
  const lines = servers.flatMap((server) =>
    views.filter((view) => view !== '-Lnc').map((view) => `${view} ${serviceOf(server)}`),
  );
  const lists = (await side.list(lines)).map((line) => line.trimEnd());
  return views.includes('-Lnc') ? [...lists, ...connectionsOf(await side.list(['-Lnc']), servers)] : lists;
}

/** Those of these servers, sorted, without the time that is left. */
function connectionsOf(list: readonly string[], servers: readonly Server[]): string[] {
  const own = (row: readonly string[]) =>
    servers.some(({ protocol, at }) => row[0] === protocol && row.includes(at));
  return list
    .map((row) => row.trim().split(/ +/))
    .filter(own)
    .map(([protocol, _, ...rest]) => [protocol, ...rest].join(' '))
    .sort();
}
