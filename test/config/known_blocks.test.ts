/** What is read with the blocks of the last reading is what is read without. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownBlocks } from '../../src/config/known_blocks.ts';
import type { FileReader } from '../../src/config/source.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { mutate, sampleConfigurations, seeded } from '../helpers/mutate.ts';

/** Everything that a block may depend on outside of itself, and much that is to be said of blocks. */
const whole = `global_defs {
  smtp_alert_checker
  checker_log_all_failures
}
track_file load { file /etc/load }
$PORT=80
virtual_server_group WEB {
  10.0.9.1 80
  10.0.9.1 80
}
virtual_server group WEB {
  lb_kind DR
  protocol TCP
  real_server 10.0.0.1 80 { TCP_CHECK { connect_timeout 3 } }
}
virtual_server 10.0.1.1 80 {
  lb_kind DR
  delay_loop 6
  delay_loop 7
  real_server 10.0.0.1 81 {
    FILE_CHECK { track_file load }
  }
  real_server 10.0.0.1 80 { weight 2 }
}
virtual_server 10.0.1.2 $PORT {
  lb_kind DR
  protocol TCP
  lb_algo rr
  quorum 9
  notify_ups /bin/true
  real_server 10.0.0.1 80 {
    notify_up "/bin/true a"
    SSL_GET { url { path / status_code 200 } }
  }
}
virtual_server 10.0.1.3 0
{
  lb_kind DR
  protocol TCP
  lb_algo rr
  real_server 10.0.0.1 80 {
    MISC_CHECK { misc_path "/bin/true" }
  }
}
virtual_server 10.0.1.4 80 {
  lb_kind DR
  include x
}
virtual_server 10.0.1.5 443 {
}
virtual_server 10.0.1.6 80 {
  lb_kind DR
  protocol TCP
  lb_algo rr
  sorry_server 10.0.0.7 81
  real_server 10.0.0.2 80 { weight 3 }
  real_server 10.0.0.3 80 { weight 3 }
}
include x
include y
`;

const files: Readonly<Record<string, string>> = {
  x: 'protocol TCP\n',
  y: 'virtual_server 10.0.2.1 80 {\n lb_kind DR\n real_server 10.0.0.1 80 { weight 1 }\n}\n# end\n',
};
const reader: FileReader = {
  read: (file) => (files[file] === undefined ? { reason: 'no' } : { text: files[file] }),
  find: (pattern) => (files[pattern] === undefined ? [] : [pattern]),
};
const surroundings = { configId: 'x', environment: () => 'y' };
const read = (text: string, known?: KnownBlocks) =>
  parseConfig(text, { file: 'xlb.conf', reader, surroundings, known });

const lines = [
  '# a comment',
  '',
  'include y',
  'include_check',
  'virtual_server 10.0.1.6 80 {',
  '{',
  '}',
  '  weight 5',
  '$PORT=81',
  'global_defs { smtp_alert }',
  'track_file other { file /x }',
  '\u00a0',
];

/** As people change a file: a line more, one less, one elsewhere, another number. */
function edited(text: string, random: (below: number) => number): string {
  const all = text.split('\n');
  const at = random(all.length);
  const [line = ''] = all.slice(at);
  const edits = [
    () => all.splice(at, 0, lines[random(lines.length)] ?? ''),
    () => all.splice(at, 1),
    () => all.splice(random(all.length), 0, line),
    () => all.splice(at, 1, line.replace(/\d+/, String(random(12)))),
    () => all.splice(at, 0, ...all.slice(random(all.length)).slice(0, random(20))),
    () => all.splice(0, 0, '# moved'),
  ];
  edits[random(edits.length)]?.();
  return all.join('\n');
}

const virtualServers = (text: string, known: KnownBlocks) => read(text, known).config?.virtualServers;

describe('a configuration read with what is known of the last reading', () => {
  it('is the one that is read without, diagnostics included, after any change', () => {
    const random = seeded(7);
    const samples = [whole, ...sampleConfigurations()];
    for (const sample of [...Array<string>(24).fill(whole), ...samples]) {
      const known = new KnownBlocks();
      let good = sample;
      for (let edit = 0; edit < 8; edit++) {
        const text =
          random(8) === 0
            ? mutate(good, samples[random(samples.length)] ?? '', random)
            : edited(good, random);
        const without = read(text);
        assert.deepEqual(read(text, known), without, text);
        if (without.config) good = text;
      }
    }
  });

  it('has the very objects of before where nothing has changed or moved', () => {
    const known = new KnownBlocks();
    const before = virtualServers(whole, known);
    const after = virtualServers(`${whole}# more\n`, known);
    assert.deepEqual(
      after?.map((one, at) => one === before?.[at]),
      // The third has a definition in it; the last but one stands in another file.
      [true, true, false, true, true, true],
    );
  });

  it('reads a block anew of which something named a line, when it moves', () => {
    const known = new KnownBlocks();
    read(whole, known);
    const moved = read(`#\n${whole}`, known);
    assert.deepEqual(moved, read(`#\n${whole}`));
    assert.match(moved.diagnostics.map(({ message }) => message).join(), /not line 19/);
  });

  it('reads everything anew where the definitions change that all blocks share', () => {
    const known = new KnownBlocks();
    read(whole, known);
    const without = whole.replace('  smtp_alert_checker\n', '  smtp_alert_checker off\n');
    assert.deepEqual(read(without, known), read(without));
  });

  it('keeps what it knew when a file in between cannot run', () => {
    const known = new KnownBlocks();
    const [first] = virtualServers(whole, known) ?? [];
    assert.equal(virtualServers(whole.replace('lb_kind DR', 'lb_kind'), known), undefined);
    assert.equal(virtualServers(whole, known)?.[0], first);
  });

  it('says as much where there are more diagnostics than are kept', () => {
    const known = new KnownBlocks();
    const block = (at: number) =>
      `virtual_server 10.1.${at >> 8}.${at & 255} 80 {\n lb_kind DR\n real_server 10.0.0.1 80 { weight 1 }\n}\n`;
    const many = Array.from({ length: 700 }, (_, at) => block(at)).join('');
    read(many, known);
    const changed = many.replace('10.1.0.3 80', '10.9.0.3 80');
    assert.deepEqual(read(changed, known), read(changed));
  });
});
