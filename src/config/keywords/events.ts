/** xlb_events: where each event is told as a line of JSON. */
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { EventOutletConfig } from '../model.ts';
import { words } from '../row_builders.ts';

const expects = 'an absolute path, fifo: and one, or an http(s) URL';

export const events = words<EventOutletConfig>({
  doc: 'where events are told as JSON: files, FIFOs, webhooks; written again, they are added',
  expects,
  read: (call) => {
    if (call.words.length === 0)
      call.diagnostics.error('MISSING_VALUE', spanOf(call.keyword), {
        message: `Cannot read xlb_events: ${expects} must follow`,
      });
    return call.words.flatMap((word) => readOutlet(call, word) ?? []);
  },
});

function readOutlet({ diagnostics }: Call, word: Token): EventOutletConfig | undefined {
  const { text } = word;
  const refuse = (help?: string): undefined => {
    const message = `Cannot use xlb_events ${quote(shown(text))}: expected ${expects}`;
    diagnostics.error('BAD_VALUE', spanOf(word), { message, ...(help === undefined ? {} : { help }) });
    return undefined;
  };
  if (isPath(text)) return { kind: 'file', path: text };
  if (text.startsWith('fifo:'))
    return isPath(text.slice(5)) ? { kind: 'fifo', path: text.slice(5) } : refuse();
  if (!/^https?:\/\//.test(text))
    return refuse(text.startsWith('/') ? 'name a file, not a directory' : undefined);
  if (!URL.canParse(text)) return refuse('write it as https://hooks.example.com/path');
  return { kind: 'webhook', url: text };
}

function isPath(text: string): boolean {
  return text.startsWith('/') && !text.endsWith('/') && !text.includes('\0');
}

/** Without a password. */
function shown(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//...@');
}
