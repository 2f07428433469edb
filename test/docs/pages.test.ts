/** Of every page: its links lead somewhere, and the commands that it names are there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

const root = join(import.meta.dirname, '../../..');
const pages = [
  ...['README.md', 'CONTRIBUTING.md'].filter((one) => existsSync(join(root, one))),
  ...readdirSync(join(root, 'docs'))
    .filter((one) => one.endsWith('.md'))
    .map((one) => `docs/${one}`),
];
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');
const program = await createProgram([]);

/** GitHub's names for headings. */
function anchorsOf(text: string): Set<string> {
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase());
  return new Set(titles.map((title) => title.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')));
}

function brokenLinks(page: string): string[] {
  const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
  });
}

/** What stands after `xlb` in code: the first lines of blocks and what is between backticks. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/```(?:sh|console|bash)?\n(.*?)```/gs)].flatMap(([, body = '']) =>
    body.split('\n'),
  );
  const spans = [...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans].flatMap((code) =>
    [...code.replace(/(^|\s)#.*/, '').matchAll(/(?:^|&& |\$ |sudo )xlb ([a-z][^&|;]*)/g)].map(
      ([, rest = '']) => rest.trim(),
    ),
  );
}

/** Why there is no such command, or no such option of it. */
function unknownIn(line: string): string[] {
  const [name = '', ...words] = line.split(/\s+/);
  // These take the words of another program; those of a scenario are its own.
  if (name === 'ipvsadm' || name === 'help' || name === 'bench') return [];
  let command: Command | undefined = program.commands.find((one) => one.name() === name);
  if (command === undefined) return [`xlb ${name}`];
  const [first = ''] = words;
  const parts = command.commands.map((one) => one.name());
  if (parts.length > 0 && first !== '' && !parts.includes(first)) return [`xlb ${line}`];
  for (const word of words) {
    const child: Command | undefined = command.commands.find((one) => one.name() === word);
    if (child !== undefined) command = child;
    const option = /^--[a-z][a-z-]*/.exec(word)?.[0];
    if (option === undefined || option === '--help') continue;
    if (!command.options.some(({ long }) => long === option)) return [`xlb ${line}: ${option}`];
  }
  return [];
}

describe('the pages', () => {
  it('have links that lead somewhere', () =>
    assert.deepEqual(
      pages.flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`)),
      [],
    ));

  it('name commands and options that there are', () =>
    assert.deepEqual(
      pages.flatMap((page) =>
        commandsOf(textOf(page))
          .flatMap(unknownIn)
          .map((what) => `${page}: ${what}`),
      ),
      [],
    ));
});
