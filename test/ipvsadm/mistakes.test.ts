import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeByHand, findService, type HandTables, startTables } from '../../src/director/by_hand.ts';
import { UsageError } from '../../src/ipvsadm/command.ts';
import { parseCommand } from '../../src/ipvsadm/parser.ts';
import { restoreWords } from '../../src/ipvsadm/restore.ts';
import { sampleFile } from '../helpers/ipvsadm_screens.ts';

const noLookups = { address: () => undefined, port: () => undefined };

/** Lines of the captured dialogue that xlb refuses, or whose state it therefore does not have. */
const notHere: readonly string[] = ['-a -t 10.0.0.100:80 -r [fd00::11]:80 -i'];

/** A director without a data path: what a command line prints on standard error, and its exit code. */
class Shell {
  tables: HandTables = startTables([]);

  run(line: string): readonly [string, number] {
    try {
      const command = parseCommand(restoreWords(line), noLookups);
      if (command.do === 'list' && command.service !== undefined)
        return findService(this.tables, command.service) === undefined ? ['No such service', 1] : ['', 0];
      if (command.do !== 'change') return ['', 0];
      const { change } = command;
      if (change.change === 'set_timeouts') return ['', 0];
      if (change.change === 'zero') {
        const found = change.key === undefined || findService(this.tables, change.key) !== undefined;
        return found ? ['', 0] : ['No such service', 255];
      }
      const { tables, results } = changeByHand(this.tables, [change]);
      this.tables = tables;
      const [refusal] = results;
      return refusal === undefined ? ['', 0] : [refusal, 255];
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
      return [error.message, error.exit];
    }
  }
}

describe('the captured dialogue of mistakes', () => {
  const shell = new Shell();
  for (const line of sampleFile('00-setup.txt')
    .split('\n')
    .filter((text) => /^-[Aa] /.test(text)))
    shell.run(line);
  const parts = sampleFile('mistakes.txt')
    .split(/^\$ ipvsadm /m)
    .slice(1);
  for (const part of parts) {
    const [line = '', ...rest] = part.trimEnd().split('\n');
    const exit = Number(/^\[exit (\d+)\]$/.exec(rest.at(-1) ?? '')?.[1] ?? 0);
    const said = exit === 0 ? '' : rest.slice(0, -1).join('\n');
    if (notHere.includes(line)) continue;
    // What IPVS says of an interface that is not there; xlb has no sync daemon at all.
    if (line.startsWith('--start-daemon')) continue;
    it(`ipvsadm ${line}`, () => assert.deepEqual(shell.run(line), [said, exit]));
  }
});
