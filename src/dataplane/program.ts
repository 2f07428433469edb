/** Where the XDP program is, and for which data path it was put there. */
import type { Forwarder, Link } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Datapath } from '../config/model.ts';
import { attachModes } from './data_path.ts';

interface Placed {
  readonly datapath: Datapath;
  /** Why it could not be attached so: it is there as it was before. */
  readonly problem?: string;
}

type ProgramForwarder = Pick<Forwarder, 'attach' | 'attachments' | 'detach'>;
type Log = (level: 'info' | 'warn', message: string) => void;

/** Where the packets went while XDP changed its mode. */
const meanwhile = (lost: string | undefined) => (lost === undefined ? 'at tc' : `without (cannot ${lost})`);

export class PlacedProgram {
  readonly #forwarder: ProgramForwarder;
  readonly #log: Log;
  /** By index. What an earlier process attached is its program until this one attaches too. */
  readonly #placed = new Map<number, Placed>();
  #exposedTold = false;

  constructor(forwarder: ProgramForwarder, log: Log) {
    this.#forwarder = forwarder;
    this.#log = log;
  }

  has(index: number): boolean {
    return this.#placed.has(index);
  }

  /** Where it is missing, and where another data path is wanted than it was put there for. What failed. */
  attach(links: readonly Pick<Link, 'index' | 'name'>[], datapath: Datapath): string[] {
    return links.flatMap((link) => this.#attachOne(link, datapath) ?? []);
  }

  detach(index: number): void {
    this.#placed.delete(index);
    this.#forwarder.detach(index);
  }

  /** A mode that was refused is not asked for again until something else was: each time costs packets. */
  #attachOne({ index, name }: Pick<Link, 'index' | 'name'>, datapath: Datapath): string | undefined {
    const before = this.#placed.get(index);
    if (before?.datapath === datapath) return before.problem;
    const wanted = attachModes[datapath];
    const changed = before !== undefined;
    if (changed && wanted !== 'generic' && this.#modeOf(index) === 'native') {
      this.#placed.set(index, { datapath });
      return undefined;
    }
    try {
      const { mode, adopted, reason, gapMs, lost, exposed } = this.#forwarder.attach(
        index,
        // Whoever asks for another data path wants the best that the driver has now.
        changed && wanted === 'auto' ? 'anew' : wanted,
      );
      this.#placed.set(index, { datapath });
      const why = reason === undefined ? '' : ` (${reason})`;
      const gap = gapMs === undefined ? '' : `, after ${gapMs.toFixed(1)} ms ${meanwhile(lost)}`;
      this.#log('info', `${adopted ? 'Adopted' : 'Attached'} XDP on ${name}, ${mode}${gap}${why}`);
      this.#tellExposed(exposed);
      return undefined;
    } catch (error) {
      const problem = reasonOf(error);
      if (this.#modeOf(index) === undefined) this.#placed.delete(index);
      else this.#placed.set(index, { datapath, problem });
      return problem;
    }
  }

  #modeOf(index: number): string | undefined {
    return this.#forwarder.attachments().find((one) => one.index === index)?.mode;
  }

  #tellExposed(why: string | undefined): void {
    if (why === undefined || this.#exposedTold) return;
    this.#exposedTold = true;
    const effect = 'connections may be reset where XDP changes between native and generic mode';
    this.#log('warn', `Cannot ${why}: ${effect}`);
  }
}
