/**
 * The real keepalived beside us: what `keepalived -t` of this host (2.2.7 was the one looked at) makes of files, and
 * what we make of them. It reads them in a network namespace that has the interfaces they name.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { checkScripts } from '../../src/daemon/scripts.ts';
import { expanded } from '../config/expanded.ts';
import { languageCases } from '../config/language_cases.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh } from '../helpers/netns.ts';

const folder = mkdtempSync(join(tmpdir(), 'xlb-keepalived-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'keepalived.conf');
const skip = needs(command('keepalived'));

interface Verdict {
  /** Undefined: it crashed, or did not end. */
  readonly status: number | undefined;
  /** What it says of lines, as its first process says it. */
  readonly said: readonly string[];
}

/** Exit codes of 2.2.7: nothing is wrong, and scripts without script security. */
const CLEAN = [0, 6];

function keepalivedTest(text: string): Verdict {
  writeFileSync(file, text);
  const args = ['-t', '-i', 'main', '-f', file];
  const { status, stdout, stderr } = spawnSync('keepalived', args, { encoding: 'utf8', timeout: 20_000 });
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('(Line '));
  return { status: status ?? undefined, said };
}

const made = new Set(['lo']);

function makeInterfaces(text: string): void {
  for (const [, name = ''] of text.matchAll(/(?:interface|dev|use_vmac)\s+(\S+)/g)) {
    if (made.has(name) || !/^[\w.-]{1,15}$/.test(name)) continue;
    made.add(name);
    const other = `peer${made.size}`;
    sh(`ip link add ${name} type veth peer name ${other}; ip link set ${name} up; ip link set ${other} up`);
  }
}

/** Files that xlb refuses and keepalived accepts, and why. */
const stricter: Readonly<Record<string, string>> = {
  'nothing_to_do.txt': 'keepalived runs with nothing to do',
  'unknown_and_not_yet.txt': 'net_namespace_ipvs: keepalived would work in another namespace',
};

const here = join(import.meta.dirname, '../../../test/config');

function samples(): { name: string; text: string }[] {
  return ['golden', 'guides'].flatMap((from) =>
    readdirSync(join(here, from))
      .filter((name) => /\.(txt|conf)$/.test(name))
      .map((name) => ({
        name,
        text: `${readFileSync(join(here, from, name), 'utf8').split('\n----\n')[0]}\n`,
      }))
      // keepalived reports every keyword of ours.
      .filter(({ text }) => !text.includes('xlb_')),
  );
}

if (await inOwnNamespace(import.meta.url)) {
  describe('what keepalived -t rejects, xlb check reports', { skip }, () => {
    for (const { name, text } of samples())
      it(name, (test) => {
        makeInterfaces(text);
        const { status, said } = keepalivedTest(text);
        if (status === undefined) return test.skip('keepalived itself crashed');
        const { config, diagnostics: found } = parseConfig(text, {
          file,
          surroundings: { configId: 'main', environment: () => undefined },
        });
        const diagnostics = [...found, ...(config ? checkScripts(config) : [])];
        const worst = (['error', 'warning', 'note'] as const).find((severity) =>
          diagnostics.some((one) => one.severity === severity),
        );
        if (!CLEAN.includes(status)) assert.ok(worst === 'error' || worst === 'warning', said.join('\n'));
        else if (status === 0 && stricter[name] === undefined)
          assert.notEqual(worst, 'error', diagnostics.map(({ message }) => message).join('\n'));
      });
  });

  describe('what keepalived makes of the language, so does xlb', { skip }, () => {
    for (const [group, cases] of Object.entries(languageCases))
      for (const { title, text, otherwise } of cases)
        it(`${group} ${title}`, { skip: otherwise ?? false }, (test) => {
          const { status, said } = keepalivedTest(`${text}\n`);
          if (status === undefined) return test.skip('keepalived itself crashed');
          // None of the words is a keyword, so it names the first one of each line.
          const theirs = said.flatMap((line) => /Unknown keyword '(.*)'$/.exec(line)?.[1] ?? []);
          const ours = expanded(text, { configId: 'main' }).map((line) => line.split(/[ \t]/)[0]);
          assert.deepEqual(theirs, ours);
        });
  });
}
