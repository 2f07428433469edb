/** `xlb drain`, `xlb undrain`, `xlb weight`: weights of real servers by hand. */
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.ts';
import { XlbError } from '../base/errors.ts';
import type { WeightAnswer, WeightOrder } from '../control/weight.ts';
import { type InstanceOptions, pathsOf, virtualServerHelp, withInstance } from './options.ts';
import { orNotRunning } from './status.ts';

const realServerHelp = 'ADDRESS[:PORT]';
const MAX_WEIGHT = 2 ** 31 - 1;

type WeightArguments = readonly [
  virtualServer: string,
  realServer: string,
  weight: number,
  options: InstanceOptions,
];

interface DrainOptions extends InstanceOptions {
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function drainCommand(): Command {
  return withServers('drain', 'no new connections for a real server, until xlb undrain; those it has go on')
    .option('--wait', 'until its last connection has ended')
    .option('--timeout <seconds>', 'wait no longer than this', seconds)
    .action(async (virtualServer: string, realServer: string, options: DrainOptions) => {
      const { changed } = await order({ virtualServer, realServer, weight: 0 }, options);
      say(changed, 'is drained');
      if (options.wait !== true) return;
      const { waitForEnd } = await import('./drain_wait.ts');
      const { fetchStatus } = await import('../control/client.ts');
      const paths = pathsOf(options);
      await waitForEnd(changed, {
        clock: systemClock,
        output: process.stdout,
        status: () => fetchStatus(paths.socket).catch(orNotRunning(paths)),
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
      });
    });
}

export function undrainCommand(): Command {
  return withServers('undrain', 'undoes xlb drain and xlb weight').action(
    async (virtualServer: string, realServer: string, options: InstanceOptions) => {
      const { changed } = await order({ virtualServer, realServer, weight: null }, options);
      say(changed, 'has its configured weight');
    },
  );
}

export function weightCommand(): Command {
  return withServers('weight', 'gives a real server another weight, until xlb undrain')
    .argument('<weight>', `0 to ${MAX_WEIGHT}`, wholeNumber)
    .action(async (...[virtualServer, realServer, weight, options]: WeightArguments) => {
      const { changed } = await order({ virtualServer, realServer, weight }, options);
      say(changed, `has weight ${weight}`);
    });
}

function withServers(name: string, description: string): Command {
  return withInstance(new Command(name).description(description))
    .argument('<virtual-server>', virtualServerHelp)
    .argument('<real-server>', realServerHelp);
}

/** Throws where nothing is meant by it. */
async function order(wanted: WeightOrder, options: InstanceOptions): Promise<WeightAnswer> {
  const paths = pathsOf(options);
  const { weigh } = await import('../control/client.ts');
  const answer = await weigh(paths.socket, wanted).catch(orNotRunning(paths));
  if (answer === undefined)
    throw new XlbError(
      'USAGE',
      `Cannot find real server ${wanted.realServer} in a virtual server ${wanted.virtualServer}`,
      { help: 'xlb status shows them all' },
    );
  for (const problem of answer.problems) process.stderr.write(`${problem}\n`);
  return answer;
}

function say(changed: WeightAnswer['changed'], what: string): void {
  for (const { virtualServer, realServer } of changed)
    process.stdout.write(`${realServer} of ${virtualServer} ${what}\n`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_WEIGHT) return value;
  throw new InvalidArgumentError(`It must be a whole number, 0 to ${MAX_WEIGHT}.`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of seconds.');
}
