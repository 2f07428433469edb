/**
 * Taste, checked by a program. An exception is a comment with its reason on the same line or the line above:
 * `tidy: REASON`.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { includeArrows, sourceArrows } from './helpers/arrows.ts';
import { circlesAmong } from './helpers/circles.ts';
import { allPaths, isComment, repository, type SourceFile, sourceFiles } from './helpers/tree.ts';

const files = sourceFiles();
const thisFile = 'test/tidy.test.ts';

/** What `look` finds on the lines of the chosen files as 'path:line: what', but for excused ones. */
function findings(
  chosen: (path: string) => boolean,
  look: (line: string, file: SourceFile) => string | undefined,
): string[] {
  return files
    .filter(({ path }) => chosen(path) && path !== thisFile)
    .flatMap((file) =>
      file.lines.flatMap((line, index) => {
        const what = look(line, file);
        const excused = /tidy: \S/.test(line) || /tidy: \S/.test(file.lines[index - 1] ?? '');
        return what === undefined || excused ? [] : [`${file.path}:${index + 1}: ${what}`];
      }),
    );
}

function forbid(pattern: RegExp): (line: string) => string | undefined {
  return (line) => (isComment(line) ? undefined : pattern.exec(line)?.[0]);
}

const isTypeScript = (path: string) => path.endsWith('.ts');
const isNative = (path: string) => /^(native|bpf)\/.*\.(c|cc|h)$/.test(path);
/** Not prose, and not the data that tests read or compare with. */
const isCode = (path: string) => ['.ts', '.c', '.cc', '.h', '.cmake', ''].includes(extname(path));
const inSource = (path: string) => path.startsWith('src/') && isTypeScript(path);

describe('imports', () => {
  it('of a folder of src/ follow the arrows', () => {
    const look = (line: string, file: SourceFile) => {
      const target = /(?:from|import\(|^import) ?'(\.[^']*)'/.exec(line)?.[1];
      if (target === undefined) return undefined;
      const [, from = ''] = file.path.split('/');
      const [top = '', to = ''] = normalize(join(dirname(file.path), target)).split('/');
      if (top !== 'src') return `src imports ${top}`;
      const allowed = sourceArrows[from];
      if (allowed === undefined) return `test/helpers/arrows.ts does not know src/${from}`;
      return to === from || allowed.includes(to) ? undefined : `${from} imports ${to}`;
    };
    assert.deepEqual(findings(inSource, look), []);
  });

  it('of src/ and bench/ go round in no circle, but for types', () => {
    assert.deepEqual(circlesAmong(files.filter(({ path }) => /^(src|bench)\/.*\.ts$/.test(path))), []);
    const circle = [
      { path: 'src/a.ts', lines: ["import { type A, b } from './b/b.ts';"] },
      {
        path: 'src/b/b.ts',
        lines: ['export {', '  c,', "} from '../c.ts';", "import type { A } from '../a.ts';"],
      },
      { path: 'src/c.ts', lines: ["import { type B } from './b/b.ts';", "import { a } from './a.ts';"] },
    ];
    assert.deepEqual(circlesAmong(circle), ['src/a.ts -> src/b/b.ts -> src/c.ts -> src/a.ts']);
  });

  it('of native/ and bpf/ headers follow the arrows', () => {
    const look = (line: string, file: SourceFile) => {
      const target = /^#include "((?:bpf|native)\/[^"]*)"/.exec(line)?.[1];
      if (target === undefined) return undefined;
      const from = dirname(file.path);
      const to = dirname(target);
      const allowed = includeArrows[file.path] ?? includeArrows[from];
      if (allowed === undefined) return `test/helpers/arrows.ts does not know ${from}`;
      return to === from || allowed.includes(to) ? undefined : `${from} includes ${to}`;
    };
    const ours = (path: string) => isNative(path) && !path.startsWith('native/test/');
    assert.deepEqual(findings(ours, look), []);
  });

  it('of the addon happen in src/addon/ only', () => {
    const outside = (path: string) => inSource(path) && !path.startsWith('src/addon/');
    assert.deepEqual(findings(outside, forbid(/xlb\.node|createRequire|process\.dlopen/)), []);
  });

  it('of napi.h happen in native/binding/ only', () => {
    const outside = (path: string) => isNative(path) && !path.startsWith('native/binding/');
    assert.deepEqual(findings(outside, forbid(/napi\.h|node_api\.h/)), []);
  });
});

describe('src/', () => {
  it('sets timers and reads the clock in base/clock.ts only', () => {
    const outside = (path: string) => inSource(path) && path !== 'src/base/clock.ts';
    const clock =
      /\b(set(Timeout|Interval|Immediate)\(|Date\.now|new Date\(\)|performance\.now|hrtime|node:timers|AbortSignal\.timeout)/;
    assert.deepEqual(findings(outside, forbid(clock)), []);
  });

  it('ends the process in main.ts only', () => {
    const outside = (path: string) => inSource(path) && path !== 'src/main.ts';
    assert.deepEqual(findings(outside, forbid(/process\.(exit|abort|reallyExit)\(/)), []);
  });

  it('knows no default export and no `any`', () => {
    assert.deepEqual(findings(inSource, forbid(/export default|: any\b|\bas any\b|<any>/)), []);
  });
});

describe('sizes', () => {
  const hardLimits: readonly [what: RegExp, lines: number][] = [
    [/^test\/.*\.test\.ts$|^native\/test\//, 500],
    [/^bpf\/.*\.[ch]$/, 300],
    [/^(src|native|bench|test)\/.*\.(ts|cc|h)$/, 400],
    [/^(packaging\/[^.]*|\.ci\/.*)$/, 250],
  ];

  it('no file is longer than its kind may be', () => {
    const tooLong = files.flatMap(({ path, lines }) => {
      const limit = hardLimits.find(([what]) => what.test(path))?.[1];
      return limit === undefined || lines.length - 1 <= limit
        ? []
        : [`${path}: ${lines.length - 1} > ${limit}`];
    });
    assert.deepEqual(tooLong, []);
  });

  it('no line is longer than 120 columns', () => {
    const columns = (line: string) => line.replaceAll('\t', ' '.repeat(8)).length;
    const look = (line: string) => (columns(line) > 120 ? `${columns(line)} columns` : undefined);
    assert.deepEqual(findings(isCode, look), []);
  });

  it('no C or C++ function is longer than 70 lines', () => {
    assert.deepEqual(files.filter(({ path }) => isNative(path)).flatMap(longFunctions), []);
  });
});

/** A function ends at a brace in the first column; what came before it at the first column opened it. */
function longFunctions({ path, lines }: SourceFile): string[] {
  const long: string[] = [];
  let opened: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (/^[^\s#/}].*\)( const| noexcept| override)* \{$|^\{$/.test(line)) opened = index;
    if (!/^\}$/.test(line) || opened === undefined) continue;
    if (index - opened - 1 > 70) long.push(`${path}:${opened + 1}: ${index - opened - 1} lines`);
    opened = undefined;
  }
  return long;
}

describe('the packet core', () => {
  const inTree = (path: string) => isNative(path) || inSource(path);

  /** Where the pattern stands on a line of code, by file. */
  const places = (pattern: RegExp) => [
    ...new Set(findings(inTree, forbid(pattern)).map((finding) => finding.replace(/:\d+: .*$/, ''))),
  ];

  it('has each scheduler exactly once, in a file below bpf/core/schedulers/', () => {
    const list = readFileSync(join(repository, 'bpf/shared/schedulers.h'), 'utf8');
    const words = [...list.matchAll(/^\tX\([A-Z_]+, (\w+)\)/gm)].map(([, word = '']) => word);
    assert.ok(words.length > 0, 'bpf/shared/schedulers.h lists no scheduler');
    const definitions = words.map((word) => {
      const found = places(
        new RegExp(`^(static|XLB_\\w+).*\\b${word}_pick\\(|^WALKING_SCHEDULER\\(${word}\\)`),
      );
      return [word, found.length, found.every((path) => path.startsWith('bpf/core/schedulers/'))];
    });
    assert.deepEqual(
      definitions,
      words.map((word) => [word, 1, true]),
    );
  });

  it('has the TCP state table exactly once', () => {
    assert.deepEqual(places(/\[TCP_EVENT_COUNT\]|\[IP_VS_TCP_S_LAST\]/), ['bpf/core/tcp_state.h']);
  });

  it('has the flow states and their timeouts exactly once', () => {
    assert.deepEqual(places(/\bESTABLISHED, *900\b|\b900, .*ESTABLISHED/), ['bpf/shared/flow_states.h']);
  });
});

describe('the repository', () => {
  it('names no path of a machine, no host of a registry, and not how work is organised', () => {
    const foreign = [
      /(?<![\w.$}])\/(work|home|Users)\//,
      /(^|[^\w/.])\.\.\/shared\//,
      /\/root\/(?!\*)/,
      /registry\.npmjs|deb\.debian\.org|proxy\.golang/,
      /\b(issue|ticket|PR) #?\d+\b/i,
      /\b(CEO|sub-?agent|HELPERS\.md|LAB\.md|REFERENCE\.md|DESIGN\.md|STYLE\.md|examples\.md)\b/,
    ];
    const look = (line: string) =>
      foreign.map((pattern) => pattern.exec(line)?.[0]).find((hit) => hit !== undefined);
    assert.deepEqual(
      findings(() => true, look),
      [],
    );
  });

  it('holds no left-over of an editor, a merge or a build', () => {
    const leftOver = /\.(orig|rej|tmp|bak|swp|o|so|node|pyc)$|~$|^core$/;
    assert.deepEqual(
      allPaths().filter((path) => leftOver.test(path)),
      [],
    );
  });

  it('has scripts that can be run and that stop at the first error', () => {
    const scripts = allPaths().filter((path) => /^(packaging\/[^./]+|\.ci\/run)$/.test(path));
    const wrong = scripts.filter((path) => {
      const runnable = (statSync(join(repository, path)).mode & 0o111) === 0o111;
      return (
        !runnable || !/^#!.*\n[\s\S]*\nset -euo pipefail\n/.test(readFileSync(join(repository, path), 'utf8'))
      );
    });
    assert.deepEqual([scripts.length > 0, wrong], [true, []]);
  });

  it('ends every text file with one newline and no blank line', () => {
    const wrong = files.filter(
      ({ lines }) => lines.length > 1 && (lines.at(-1) !== '' || lines.at(-2) === ''),
    );
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
    );
  });
});
