/** Reads a configuration file and shows what is wrong with it, or worth knowing. */
import type { Link } from '../addon/addon.ts';
import { type Diagnostic, render, type Severity } from '../config/diagnostic.ts';
import { validateAgainstHost } from '../config/host.ts';
import { KnownBlocks } from '../config/known_blocks.ts';
import type { Config } from '../config/model.ts';
import { diskReader, type FileReader } from '../config/source.ts';
import { loadConfig } from './grammar.ts';

export interface ConfigurationReader {
  /** Undefined where the file cannot run; why was shown. */
  read(file: string): Config | undefined;
  /** False where the host lacks what the configuration names; that was shown. */
  fitsHost(config: Config, links: readonly Link[]): boolean;
  /** The same without showing anything. */
  readonly load: ConfigurationSource['load'];
  readonly missingOnHost: ConfigurationSource['validateAgainstHost'];
  show(diagnostics: readonly Diagnostic[]): void;
}

/** Called with each file that is read. */
export type OnRead = (file: string) => void;

export interface ConfigurationSource {
  readonly load: (
    file: string,
    onRead?: OnRead,
  ) => {
    readonly config?: Config | undefined;
    readonly diagnostics: readonly Diagnostic[];
  };
  readonly validateAgainstHost: (config: Config, links: readonly Link[]) => readonly Diagnostic[];
}

/** The disk, and keepalived's language as this build knows it; `configId` is for `@id` lines, as keepalived's -i. */
export function configurationSource(configId?: string): ConfigurationSource {
  return sourceKnowing(() => undefined, configId);
}

/** One that is asked again and again for the file that it is asked for first: what has not changed is not read anew. */
export function rememberingSource(configId?: string): ConfigurationSource {
  const known = new KnownBlocks();
  let first: string | undefined;
  return sourceKnowing((file) => {
    first ??= file;
    return file === first ? known : undefined;
  }, configId);
}

function sourceKnowing(
  knownOf: (file: string) => KnownBlocks | undefined,
  configId: string | undefined,
): ConfigurationSource {
  const load: ConfigurationSource['load'] = (file, onRead) => {
    const reader = onRead === undefined ? {} : { reader: telling(onRead) };
    return loadConfig(file, { configId, known: knownOf(file), ...reader });
  };
  return { load, validateAgainstHost };
}

function telling(onRead: OnRead): FileReader {
  return {
    ...diskReader,
    read(file) {
      onRead(file);
      return diskReader.read(file);
    },
  };
}

/** `show` gets one diagnostic at a time: several lines, no newline at the end. */
export function configurationReader(
  { load, validateAgainstHost: missingOnHost }: ConfigurationSource,
  show: (text: string, severity: Severity) => void,
): ConfigurationReader {
  const showAll = (diagnostics: readonly Diagnostic[]): boolean => {
    for (const diagnostic of diagnostics) show(render(diagnostic), diagnostic.severity);
    return diagnostics.some(({ severity }) => severity === 'error');
  };
  return {
    read(file) {
      const { config, diagnostics } = load(file);
      return showAll(diagnostics) ? undefined : config;
    },
    fitsHost: (config, links) => !showAll(missingOnHost(config, links)),
    load,
    missingOnHost,
    show: (diagnostics) => void showAll(diagnostics),
  };
}

/** '2 errors, 1 warning, 3 notes'; 'nothing to report' where there is nothing. */
export function summary(diagnostics: readonly Pick<Diagnostic, 'severity'>[]): string {
  const counts = (['error', 'warning', 'note'] as const).map((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? '' : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return counts.filter((text) => text !== '').join(', ') || 'nothing to report';
}
