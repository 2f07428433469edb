/**
 * What the last reading of a configuration has made of its virtual_server blocks, for the next one: a reload mostly
 * brings the same text again. A block is taken as it was where its lines are the same and so is all that it may refer
 * to; then its part of the model is the very object that it was, so that whoever compares sees at once that nothing
 * has changed. What is read with known blocks is always what would be read without them: where that cannot be told
 * for sure, the block is read again.
 */
import { sayTheSame } from '../base/same_settings.ts';
import type { Diagnostic, Diagnostics } from './diagnostic.ts';
import type { Source } from './line.ts';
import type { Span, VirtualServerConfig } from './model.ts';

/** Where a block stands: lines `first` to before `end` of a file. */
export interface Extent {
  readonly file: string;
  readonly first: number;
  readonly end: number;
}

/** A block that was read. Its lines are plain: no definition, condition or include in them. */
interface KnownBlock {
  readonly extent: Extent;
  readonly lines: readonly string[];
  /** For the limit of a file. */
  readonly tokens: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined: it was left out. */
  readonly config: VirtualServerConfig | undefined;
}

/** One block in the reading that is under way. */
export class BlockReading {
  /** What is known of it; undefined: it is being read. */
  readonly known: KnownBlock | undefined;
  readonly #diagnostics: Diagnostic[] = [];
  #built: { readonly config: VirtualServerConfig | undefined } | undefined;
  #text: Omit<KnownBlock, 'config' | 'diagnostics'> | undefined;

  constructor(known?: KnownBlock) {
    this.known = known;
  }

  /** Does a part of its reading. */
  read<T>(diagnostics: Diagnostics, part: () => T): T {
    diagnostics.recordInto(this.#diagnostics);
    const result = part();
    diagnostics.recordInto(undefined);
    return result;
  }

  /** Its lines have come to their end. */
  ended(text: Omit<KnownBlock, 'config' | 'diagnostics'>): void {
    this.#text = text;
  }

  /** Its part of the model: known, or made by `build`. */
  build(
    diagnostics: Diagnostics,
    build: () => VirtualServerConfig | undefined,
  ): VirtualServerConfig | undefined {
    if (this.known !== undefined) {
      for (const one of this.known.diagnostics) diagnostics.add(one);
      return this.known.config;
    }
    const config = this.read(diagnostics, build);
    this.#built = { config };
    return config;
  }

  /** For the next reading; undefined where it was not read to its end. */
  get result(): KnownBlock | undefined {
    if (this.known !== undefined) return this.known;
    if (this.#text === undefined || this.#built === undefined) return undefined;
    return { ...this.#text, ...this.#built, diagnostics: this.#diagnostics };
  }

  get isPlaced(): boolean {
    return this.known !== undefined && isPlaced(this.known);
  }
}

/** What virtual servers may refer to, as text: what it says, and the same with the places where it says so. */
export interface Circumstances {
  readonly values: string;
  readonly places: string;
}

interface Kept {
  /** By their files, then by their first lines. */
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, readonly KnownBlock[]>>;
  readonly circumstances: Circumstances;
}

/** Belongs to one configuration; begins empty. */
export class KnownBlocks {
  #kept: Kept | undefined;

  /** `anew`: nothing of what is known counts. */
  begin({ anew = false } = {}): BlockSession {
    return new BlockSession(anew ? undefined : this.#kept, (kept) => {
      this.#kept = kept;
    });
  }
}

/** One reading of all files of a configuration. */
export class BlockSession {
  readonly #before: Kept | undefined;
  readonly #keep: (kept: Kept) => void;
  readonly #readings: BlockReading[] = [];
  #circumstances: Circumstances | undefined;

  constructor(before: Kept | undefined, keep: (kept: Kept) => void) {
    this.#before = before;
    this.#keep = keep;
  }

  /** A block that begins with line `first` and is known, as it is when it stands there. */
  find(source: Source, first: number): KnownBlock | undefined {
    const same = this.#before?.blocks
      .get(source.file)
      ?.get(source.lines[first - 1] ?? '')
      ?.filter(({ lines }) => lines.every((line, at) => line === source.lines[first - 1 + at]));
    const block = same?.find(({ extent }) => extent.first === first) ?? same?.[0];
    return block && movedTo(block, first);
  }

  begin(known?: KnownBlock): BlockReading {
    const reading = new BlockReading(known);
    this.#readings.push(reading);
    return reading;
  }

  /** What holds for all virtual servers of this reading, told before any of them is built. */
  under(circumstances: Circumstances): void {
    this.#circumstances = circumstances;
  }

  get reused(): number {
    return this.#readings.filter(({ known }) => known !== undefined).length;
  }

  /** Blocks were taken as they were, and would be others now: all has to be read anew. */
  get isStale(): boolean {
    const [before, now] = [this.#before?.circumstances, this.#circumstances];
    if (this.reused === 0) return false;
    if (before === undefined || now === undefined || before.values !== now.values) return true;
    return before.places !== now.places && this.#readings.some((one) => one.isPlaced);
  }

  /** The reading was a success: the next one may use it. */
  keep(): void {
    const blocks = new Map<string, Map<string, KnownBlock[]>>();
    for (const { result } of this.#readings) {
      if (result === undefined) continue;
      const { file } = result.extent;
      const [head = ''] = result.lines;
      const inFile = blocks.get(file) ?? new Map<string, KnownBlock[]>();
      inFile.set(head, [...(inFile.get(head) ?? []), result]);
      blocks.set(file, inFile);
    }
    if (this.#circumstances !== undefined) this.#keep({ blocks, circumstances: this.#circumstances });
  }
}

/** A message that names another line says so in these words; it cannot be moved. */
const NAMES_A_LINE = /\blines? \d/;

/** The block where it begins with line `first`; undefined where what was said of it would be something else there. */
function movedTo(block: KnownBlock, first: number): KnownBlock | undefined {
  const { extent, config, diagnostics } = block;
  const by = first - extent.first;
  if (by === 0) return block;
  if (diagnostics.some(({ message, help = '' }) => NAMES_A_LINE.test(`${message} ${help}`))) return undefined;
  const moved = config && (shifted(config, extent, by) as VirtualServerConfig);
  if (config && moved) sayTheSame(config, moved);
  const known = {
    ...block,
    extent: { ...extent, first, end: extent.end + by },
    diagnostics: shifted(diagnostics, extent, by) as readonly Diagnostic[],
    config: moved,
  };
  // Asked where it was: what stood behind it may be where it is now.
  placed.set(known, isPlaced(block));
  return known;
}

/** A frozen copy in which the places within `extent` are `by` lines further down; what has none in it stays. */
function shifted(value: unknown, extent: Extent, by: number): unknown {
  if (Array.isArray(value)) {
    const items = value.map((one: unknown) => shifted(one, extent, by));
    return items.some((one, at) => one !== value[at]) ? Object.freeze(items) : value;
  }
  if (!isPlain(value)) return value;
  if (isSpan(value))
    return isWithin(value, extent) ? Object.freeze({ ...value, line: value.line + by }) : value;
  const copy: Record<string, unknown> = {};
  let changed = false;
  for (const key in value) {
    const before = value[key];
    const after = typeof before === 'object' ? shifted(before, extent, by) : before;
    changed ||= after !== before;
    copy[key] = after;
  }
  return changed ? Object.freeze(copy) : value;
}

const placed = new WeakMap<KnownBlock, boolean>();

/** What was read of it knows the places of other things: of a group's lines, of a track_file. */
function isPlaced(block: KnownBlock): boolean {
  const { config, diagnostics, extent } = block;
  const known = placed.get(block);
  if (known !== undefined) return known;
  const found = config?.group !== undefined || hasPlaceOutside([config, diagnostics], extent);
  placed.set(block, found);
  return found;
}

function hasPlaceOutside(value: unknown, extent: Extent): boolean {
  if (Array.isArray(value)) return value.some((one) => hasPlaceOutside(one, extent));
  if (!isPlain(value)) return false;
  if (isSpan(value)) return !isWithin(value, extent);
  for (const key in value) {
    const inner = value[key];
    if (typeof inner === 'object' && hasPlaceOutside(inner, extent)) return true;
  }
  return false;
}

/**
 * What the fields of those blocks say that a virtual server may refer to. `files`: what files hold that they name.
 */
export function circumstancesOf(fields: readonly unknown[], files: string): Circumstances {
  const text = (withPlaces: boolean): string =>
    JSON.stringify(fields, (_key, value: unknown) => {
      if (typeof value === 'bigint') return String(value);
      return !withPlaces && isPlain(value) && isSpan(value) ? undefined : value;
    });
  return { values: text(false) + files, places: text(true) };
}

function isWithin({ file, line }: Span, extent: Extent): boolean {
  return file === extent.file && line >= extent.first && line < extent.end;
}

function isSpan(value: object): value is Span {
  return 'line' in value && 'column' in value && 'file' in value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
