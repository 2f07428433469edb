/** Files that need one another in a circle to be loaded. */
import { dirname, join, normalize } from 'node:path';
import type { SourceFile } from './tree.ts';

const IMPORT = /^(?:import|export) (?!type )([^;']*?)\s*from '(\.[^']+)'/gm;

/** What a file takes from others when it is loaded; types are gone by then. */
function loadedBy({ path, lines }: SourceFile): string[] {
  return [...lines.join('\n').matchAll(IMPORT)].flatMap(([, what = '', target = '']) => {
    const names = /^\{(.*)\}$/s.exec(what)?.[1]?.split(',') ?? [what];
    const onlyTypes = names.every((name) => name.trim() === '' || name.trim().startsWith('type '));
    return onlyTypes ? [] : [normalize(join(dirname(path), target))];
  });
}

/** 'a.ts -> b.ts -> a.ts'; one for each file from which a circle was found. */
export function circlesAmong(files: readonly SourceFile[]): string[] {
  const loads = new Map(files.map((file) => [file.path, loadedBy(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    const begins = way.indexOf(path);
    if (begins !== -1) {
      found.push([...way.slice(begins), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of loads.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of loads.keys()) visit(path, []);
  return found;
}
