/** The lines that a configuration means, as the parser gets them. */
import { Definitions } from '../../src/config/definitions.ts';
import { Diagnostics } from '../../src/config/diagnostic.ts';
import { expandLines, makeExpansion } from '../../src/config/expand.ts';
import { makeSource } from '../../src/config/line.ts';

/** One text a line, blanks around it cut off. */
export function expanded(text: string, { configId }: { readonly configId: string }): string[] {
  const definitions = new Definitions({
    configId,
    environment: (name) => (name === 'HOME' ? '/root' : undefined),
  });
  const source = makeSource('/etc/keepalived/keepalived.conf', text);
  return [...expandLines(source, makeExpansion(definitions, new Diagnostics()))]
    .map((line) => line.text.trim())
    .filter((line) => line !== '');
}
