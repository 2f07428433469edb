/**
 * Stories as text files: a configuration above the line "----", everything that comes of it below: rendered
 * diagnostics, then the model. UPDATE_GOLDEN=1 rewrites the lower halves; review the difference.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { render } from '../../src/config/diagnostic.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { printConfig } from './print_config.ts';

/** The sources' folder, also when this runs compiled, from <out>/test/config. */
const here = join(import.meta.dirname, '../../../test/config');
const SEPARATOR = '\n----\n';
const surroundings = { configId: 'main', environment: () => undefined };
const update = process.env['UPDATE_GOLDEN'] === '1';

function outcome(file: string, text: string): string {
  const { config, diagnostics } = parseConfig(text, { file, surroundings });
  return `${[...diagnostics.map(render), config ? printConfig(config) : 'cannot run'].join('\n')}\n`;
}

function compare(
  golden: string,
  { input, expected, actual }: { input?: string; expected: string; actual: string },
): void {
  if (!update) assert.equal(actual, expected);
  else if (actual !== expected)
    writeFileSync(golden, input === undefined ? actual : input + SEPARATOR + actual);
}

describe('a configuration comes out as its golden file says', () => {
  for (const name of readdirSync(join(here, 'golden')).filter((entry) => entry.endsWith('.txt'))) {
    it(basename(name, '.txt').replaceAll('_', ' '), () => {
      const golden = join(here, 'golden', name);
      const whole = readFileSync(golden, 'utf8');
      const cut = whole.indexOf(SEPARATOR);
      const input = cut === -1 ? whole.trimEnd() : whole.slice(0, cut);
      const expected = cut === -1 ? '' : whole.slice(cut + SEPARATOR.length);
      compare(golden, { input, expected, actual: outcome('xlb.conf', `${input}\n`) });
    });
  }
});

describe('a configuration of a published guide is read as its author meant', () => {
  for (const name of readdirSync(join(here, 'guides')).filter((entry) => entry.endsWith('.conf'))) {
    it(name, () => {
      const golden = join(here, 'guides', name.replace(/\.conf$/, '.out'));
      const expected = existsSync(golden) ? readFileSync(golden, 'utf8') : '';
      compare(golden, { expected, actual: outcome(name, readFileSync(join(here, 'guides', name), 'utf8')) });
    });
  }
});
