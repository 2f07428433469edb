/**
 * The VM's job: tells the stories to the kernel's IPVS, then to xlb, each in a lab of its own, and what is xlb's alone.
 * argv: where the result goes (JSON, one line).
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { pause } from '../../src/demo/pause.ts';
import { createLab } from '../helpers/lab.ts';
import { type NotAcceptedTold, tellNotAccepted } from './not_accepted.ts';
import { type Side, startIpvs, startXlb } from './sides.ts';
import { stories } from './stories.ts';
import { type Told, tell } from './tell.ts';
import { Wire } from './wire.ts';

export interface Result {
  readonly kernel: string;
  /** Milliseconds by what took them. */
  readonly took: Readonly<Record<string, number>>;
  readonly ipvs: readonly Told[];
  readonly xlb: readonly Told[];
  /** A director whose addresses are not accepted. */
  readonly notAccepted: NotAcceptedTold;
  /** Counters of everything at the end, by whose they are. */
  readonly stats: Readonly<Record<string, readonly string[]>>;
}

async function run(): Promise<Result> {
  const took: Record<string, number> = {};
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const begin = performance.now();
    const result = await work;
    took[what] = Math.round(performance.now() - begin);
    process.stdout.write(`${what}: ${took[what]} ms\n`);
    return result;
  };
  const stats: Record<string, readonly string[]> = {};
  const servers = stories.flatMap((story) => story.servers);
  const told = async (name: string, start: typeof startXlb): Promise<Told[]> => {
    const lab = await timed(`${name}: lab`, createLab({ realServers: 0, name }));
    const side: Side = await timed(`${name}: start`, start(lab, servers));
    const wire = await Wire.start(lab);
    const result = await timed(`${name}: stories`, tell(side, wire, stories));
    await pause(2500); // IPVS sums its counters up every two seconds
    stats[name] = await side.list(['-Ln --stats --exact']);
    await wire.close();
    await timed(`${name}: stop`, side.stop());
    await timed(`${name}: close`, lab.close());
    return result;
  };
  const ipvs = await told('ipvs', startIpvs);
  const xlb = await told('xlb', startXlb);
  const notAccepted = await timed('not accepted', tellNotAccepted());
  return { kernel: release(), took, ipvs, xlb, notAccepted, stats };
}

const result = await run();
writeFileSync(process.argv[2] ?? '/dev/stdout', `${JSON.stringify(result)}\n`);
