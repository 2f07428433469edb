/** `xlb check`: what a configuration file says that is wrong, or worth knowing. */
import { Command } from 'commander';
import type { Link } from '../addon/addon.ts';
import { errorCodes } from '../base/errors.ts';
import { advise } from '../config/advice.ts';
import { type Diagnostic, render } from '../config/diagnostic.ts';
import { type Directive, explanation } from '../config/explain.ts';
import type { Config } from '../config/model.ts';
import { configurationSource, summary } from '../daemon/configuration.ts';
import { explainFile } from '../daemon/grammar.ts';
import { checkScripts } from '../daemon/scripts.ts';
import { configIdOption, type InstanceOptions, type testExits, withInstance } from './options.ts';

/** keepalived's own default; run.ts has the same. */
const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';

export function checkCommand(): Command {
  const command = new Command('check')
    .description('say whether a configuration file can run, and everything worth knowing about it')
    .argument('[file]', 'configuration file', DEFAULT_FILE)
    .option('--json', 'print one JSON object')
    .option('--explain', 'say of every directive what becomes of it')
    .addOption(configIdOption())
    .option('--against-running', 'print what a reload from it would do to the director that runs')
    .addHelpText('after', EXIT_STATUS)
    .action(async (file: string, { json, explain, configId, againstRunning, ...instance }: CheckOptions) => {
      if (againstRunning === true) {
        const { checkAgainstRunning } = await import('./against_running.ts');
        await checkAgainstRunning(file, { ...instance, ...(json === undefined ? {} : { json }) });
        return;
      }
      const checked = checkFile(file, configId);
      const directives = explain === true ? explainFile(file, { configId }) : undefined;
      if (json === true) process.stdout.write(`${JSON.stringify(toJson(checked, directives))}\n`);
      else process.stdout.write(`${directives ? `${explanation(directives)}\n` : ''}${toText(checked)}`);
      process.exitCode = checked.failed ? errorCodes.CONFIG.exit : 0;
    });
  return withInstance(command);
}

interface CheckOptions extends InstanceOptions {
  readonly json?: true;
  readonly explain?: true;
  readonly configId?: string;
  readonly againstRunning?: true;
}

const EXIT_STATUS = `
Exit status:
  0  it can run; there may be warnings
  2  it cannot run, or only without scripts that it names`;

export interface Checked {
  readonly file: string;
  readonly config: Config | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly failed: boolean;
}

/** With `links`, also whether this host has the interfaces: a file may be checked on a machine that it is not for. */
export function checkFile(file: string, configId?: string, links?: readonly Link[]): Checked {
  const source = configurationSource(configId);
  const { config, diagnostics: found } = source.load(file);
  const diagnostics = [
    ...found,
    ...(config && links ? source.validateAgainstHost(config, links) : []),
    ...(config ? [...checkScripts(config), ...advise(config)] : []),
  ];
  return { file, config, diagnostics, failed: diagnostics.some(({ severity }) => severity === 'error') };
}

/** xlb run starts without a script that cannot run, and says so; every other error stops it. */
function isRefused(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ code, severity }) => severity === 'error' && code !== 'BAD_SCRIPT');
}

/** Every diagnostic, then the verdict in one line. */
export function toText({ file, diagnostics, failed }: Checked): string {
  const can = !failed ? 'can run' : isRefused(diagnostics) ? 'cannot run' : 'runs only in part';
  const verdict = `${file}: ${can}: ${summary(diagnostics)}\n`;
  return [...diagnostics.map((one) => `${render(one)}\n\n`), verdict].join('');
}

/** For machines: places in one object each, columns and lines counted from 1, columns in UTF-16 units. */
export function toJson({ file, diagnostics, failed }: Checked, directives?: readonly Directive[]): object {
  return {
    file,
    canRun: !failed,
    diagnostics: diagnostics.map(({ code, severity, at, message, help }) => ({
      severity,
      code,
      file: at.file,
      line: at.line,
      column: at.column,
      length: at.length,
      message,
      ...(help === undefined ? {} : { help }),
      ...(at.text === undefined ? {} : { text: at.text }),
    })),
    ...(directives === undefined ? {} : { directives: directives.map(toDirective) }),
  };
}

function toDirective({ at, ...directive }: Directive): object {
  return { file: at.file, line: at.line, column: at.column, ...directive };
}

/** What keepalived -t would exit with. */
export function testExitOf({ config, diagnostics }: Checked): keyof typeof testExits {
  if (isRefused(diagnostics) || !config) return 3;
  if (!config.global.vrrp.scriptSecurity && hasScript(config)) return 5;
  return diagnostics.some(({ severity }) => severity !== 'note') ? 4 : 0;
}

/** Scripts stand in many places of a configuration, and all have a command and the place where it is written. */
function hasScript(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('command' in value && 'span' in value) || Object.values(value).some(hasScript);
}
