/** WCAG 2.2, 1.4.3: what is read stands out from what is behind it by 4.5 : 1, in both themes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { repository } from '../helpers/tree.ts';

const css = readFileSync(join(repository, 'src/web/page/page.css'), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
  ),
);

/** [what is read, what is behind it] */
const pairs = [
  ...['text', 'quiet', 'accent', 'good', 'warning', 'bad', 'idle'].flatMap((name) =>
    ['panel', 'page', 'hover'].map((back) => [name, back] as const),
  ),
  ...['good', 'warning', 'bad'].flatMap((level) =>
    [level, 'text', 'quiet'].map((name) => [name, `${level}-back`] as const),
  ),
  ['panel', 'bad'],
  ['panel', 'accent'],
] as const;

for (const theme of ['light', 'dark'] as const)
  it(`the ${theme} theme can be read`, () => {
    const of = (name: string) => colours.get(name)?.[theme] ?? assert.fail(`page.css has no colour ${name}`);
    const pale = pairs.flatMap(([name, back]) => {
      const ratio = contrast(of(name), of(back));
      return ratio < 4.5 ? [`${name} on ${back}: ${ratio.toFixed(2)}`] : [];
    });
    assert.deepEqual(pale, []);
  });

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative, of '#rrggbb' or '#rgb' (WCAG 2.2, definitions). */
function luminance(colour: string): number {
  const digits =
    colour.length === 4 ? [...colour.slice(1)].map((one) => one + one) : colour.slice(1).match(/../g);
  const [red = 0, green = 0, blue = 0] = (digits ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
