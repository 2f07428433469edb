import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explanation } from '../../src/config/explain.ts';
import type { FileReader } from '../../src/config/source.ts';
import { grammar } from '../../src/daemon/grammar.ts';

const files: Readonly<Record<string, string>> = {
  'main.conf': `global_defs {
    router_id \${_INSTANCE}
    enable_dbus
    nonsense {
        router_id x
    }
}
include web.conf
persistence_engine
`,
  'web.conf': `virtual_server 10.0.0.1 80 {
    lvs_sched rr
    persistence_engine sip
    real_server 10.0.0.2 80 { }
}
`,
};

const reader: FileReader = {
  read: (file) => (file in files ? { text: files[file] ?? '' } : { reason: 'there is no such file' }),
  find: (pattern) => [pattern],
};

describe('an explained configuration', () => {
  it('says of every directive what becomes of it, also of included ones', () => {
    const directives = grammar.explainFile('main.conf', { reader, configId: 'one' });
    assert.deepEqual(
      directives.map(({ at, keyword, inside, fate }) => [
        at.file,
        at.line,
        at.column,
        [...inside, keyword].join(' > '),
        fate,
      ]),
      [
        ['main.conf', 1, 1, 'global_defs', 'supported'],
        ['main.conf', 2, 5, 'global_defs > router_id', 'supported'],
        ['main.conf', 3, 5, 'global_defs > enable_dbus', 'without effect'],
        ['main.conf', 4, 5, 'global_defs > nonsense', 'unknown'],
        ['web.conf', 1, 1, 'virtual_server', 'supported'],
        ['web.conf', 2, 5, 'virtual_server > lvs_sched', 'supported'],
        ['web.conf', 3, 5, 'virtual_server > persistence_engine', 'refused'],
        ['web.conf', 4, 5, 'virtual_server > real_server', 'supported'],
        ['main.conf', 9, 1, 'persistence_engine', 'unknown'],
      ],
    );
  });

  it('is a line for each, in columns, and lets no control character through', () => {
    const at = { file: 'a.conf', line: 1, column: 1, length: 1 };
    assert.equal(
      explanation([
        { at, keyword: 'x', inside: [], fate: 'supported', meaning: 'is read' },
        { at: { ...at, line: 12 }, keyword: 'y\u001b', inside: ['x'], fate: 'unknown', meaning: 'is not' },
      ]),
      'a.conf:1:1   x     supported  is read\na.conf:12:1    y?  unknown    is not\n',
    );
  });

  it('of a file that cannot be read is nothing', () => {
    assert.deepEqual(grammar.explainFile('none.conf', { reader }), []);
  });
});
