/** The hand-written files of the repository, for tests that read the sources themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface SourceFile {
  /** From the repository's root, with '/'. */
  readonly path: string;
  readonly lines: readonly string[];
}

/** Made by programs, or not ours to word. */
const notOurs = /^(\.git|node_modules|dist.*|build.*|package-lock\.json|LICENSE|bpf\/LICENSE|shared)$/;
const textual = new Set([
  '.ts',
  '.c',
  '.h',
  '.cc',
  '.cpp',
  '.cmake',
  '.txt',
  '.json',
  '.md',
  '.conf',
  '.yml',
  '',
]);

/** Paths of every file, whatever it holds. */
export function allPaths(folder = repository): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .map((item) => ({ item, path: relative(repository, join(folder, item.name)) }))
    .filter(({ path, item }) => !notOurs.test(path) || (item.isFile() && /^(dist|build)/.test(path)))
    .flatMap(({ item, path }) => (item.isDirectory() ? allPaths(join(repository, path)) : [path]))
    .sort();
}

/** Every text file with its lines. */
export function sourceFiles(): SourceFile[] {
  return allPaths()
    .filter((path) => textual.has(extname(path)))
    .map((path) => ({ path, lines: readFileSync(join(repository, path), 'utf8').split('\n') }));
}

/** Code without whole-line comments, so that words in an explanation are not taken for code. */
export function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}
