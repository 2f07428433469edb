/** From a file, or its text, to the frozen model and everything found on the way. */
import type { Surroundings } from './definitions.ts';
import { type Diagnostic, Diagnostics } from './diagnostic.ts';
import { type Directive, explain } from './explain.ts';
import type { CheckerKeyword } from './keywords/checker.ts';
import { globalDefsKeywords } from './keywords/global_defs.ts';
import { rootKeywords } from './keywords/root.ts';
import type { BlockSession, KnownBlocks } from './known_blocks.ts';
import type { Config, Span } from './model.ts';
import { parseStatements } from './parser.ts';
import { diskReader, type FileReader, hostSurroundings } from './source.ts';
import { readTree } from './tree.ts';
import { buildConfig } from './validate.ts';

/** `config` is undefined where a diagnostic has severity 'error'. */
export interface Loaded {
  readonly config?: Config;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParseOptions {
  /** The name in messages, and what includes are relative to. */
  readonly file: string;
  /** For includes. Left out: no file can be included. */
  readonly reader?: FileReader;
  /** Left out: no id, and an empty environment. */
  readonly surroundings?: Surroundings;
  /** Of this configuration: what the last reading is known by, and the next one will be. */
  readonly known?: KnownBlocks | undefined;
}

export interface LoadOptions {
  readonly reader?: FileReader;
  /** For `@id` lines; left out, the first part of the host's name. */
  readonly configId?: string | undefined;
  readonly known?: KnownBlocks | undefined;
}

/** keepalived's language with these checkers in it. */
export interface Grammar {
  /** Reads a file from the disk. */
  loadConfig(file: string, options?: LoadOptions): Loaded;
  /** Pure, but for what `reader` does. */
  parseConfig(text: string, options: ParseOptions): Loaded;
  /** What becomes of each directive of a file, whatever else is wrong with it; none where it cannot be read. */
  explainFile(file: string, options?: LoadOptions): Directive[];
  readonly root: ReturnType<typeof rootKeywords>;
}

const noFiles: FileReader = { read: () => ({ reason: 'no files can be read here' }), find: () => [] };

const nowhere: Surroundings = { configId: '', environment: () => undefined };

export function makeGrammar(checkers: readonly CheckerKeyword[]): Grammar {
  const root = rootKeywords(checkers);
  const parseOnce = (
    text: string,
    options: ParseOptions,
    blocks?: BlockSession,
  ): Loaded & { full: boolean } => {
    const { file, reader = noFiles, surroundings = nowhere } = options;
    const diagnostics = new Diagnostics();
    const at: Span = { file, line: 1, column: 1, length: 1 };
    const statements = readTree(file, text, { reader, diagnostics, surroundings, blocks });
    const fields = parseStatements(statements, root, { at, diagnostics });
    const none = new Diagnostics();
    const defaults = parseStatements([], globalDefsKeywords, { at, diagnostics: none });
    const config = buildConfig(fields, { file, at, defaults, diagnostics, checkers, reader, blocks });
    const { failed, full } = diagnostics;
    return { ...(failed ? {} : { config }), diagnostics: Object.freeze(diagnostics.list()), full };
  };
  const parseConfig: Grammar['parseConfig'] = (text, options) => {
    const { known } = options;
    let blocks = known?.begin();
    let { full, ...loaded } = parseOnce(text, options, blocks);
    // Which diagnostics are kept where there are too many depends on the order in which they come.
    if (known && blocks && (blocks.isStale || (full && blocks.reused > 0))) {
      blocks = known.begin({ anew: true });
      ({ full, ...loaded } = parseOnce(text, options, blocks));
    }
    if (loaded.config && !full) blocks?.keep();
    return loaded;
  };
  const loadConfig: Grammar['loadConfig'] = (file, { reader = diskReader, configId, known } = {}) => {
    const content = reader.read(file);
    if ('text' in content)
      return parseConfig(content.text, { file, reader, surroundings: hostSurroundings(configId), known });
    const diagnostics = new Diagnostics();
    diagnostics.error(
      'NO_FILE',
      { file, line: 1, column: 1, length: 1 },
      {
        message: `Cannot read the configuration "${file}": ${content.reason}`,
        help: 'name the file with -f FILE',
      },
    );
    return { diagnostics: diagnostics.list() };
  };
  const explainFile: Grammar['explainFile'] = (file, { reader = diskReader, configId } = {}) => {
    const content = reader.read(file);
    if (!('text' in content)) return [];
    const options = { reader, diagnostics: new Diagnostics(), surroundings: hostSurroundings(configId) };
    return explain(readTree(file, content.text, options), root);
  };
  return { root, parseConfig, loadConfig, explainFile };
}
