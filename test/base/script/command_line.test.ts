import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine, withArguments } from '../../../src/base/script/command_line.ts';

describe('the text of a script', () => {
  const words: readonly [text: string, words: readonly string[]][] = [
    ['killall -0 haproxy', ['killall', '-0', 'haproxy']],
    ['/etc/check.sh  "two words" \'and $three\'', ['/etc/check.sh', 'two words', 'and $three']],
    ['/bin/sh -c "exit 1; true"', ['/bin/sh', '-c', 'exit 1; true']],
    ['/bin/say a\\ b "a \\"quote\\""', ['/bin/say', 'a b', 'a "quote"']],
    ['curl -f http://10.0.0.1/x?a=1&b=2;c', ['curl', '-f', 'http://10.0.0.1/x?a=1&b=2;c']],
    ['/bin/ls $HOME *.txt', ['/bin/ls', '$HOME', '*.txt']],
    ['test -f /etc/down', ['test', '-f', '/etc/down']],
    ['[ -f /etc/down ]', ['[', '-f', '/etc/down', ']']],
    ['/bin/say ""', ['/bin/say', '']],
  ];
  for (const [text, expected] of words)
    it(`is a list of words without a shell: ${text}`, () =>
      assert.deepEqual(parseCommandLine(text), { words: expected }));

  const forShell: readonly [text: string, shell: 'sh' | 'bash'][] = [
    ['[[ -f /etc/keepalived/down ]] && exit 1 || exit 0', 'bash'],
    ['/usr/bin/test ! -f /x && echo yes', 'sh'],
    ['[ -f /x ] && exit 1 || exit 0', 'sh'],
    ['exit 1', 'sh'],
    ['if [ -f /x ]; then exit 1; fi', 'sh'],
    ['pidof nginx | grep -q .', 'sh'],
    ['killall -0 nginx >/dev/null 2>&1', 'sh'],
    ['killall -0 nginx &>/dev/null', 'bash'],
    ['killall -0 nginx; exit $?', 'sh'],
    ['LANG=C /bin/true', 'sh'],
    ['/bin/test $(pidof nginx) -gt 1', 'sh'],
    ['source /etc/x.sh', 'bash'],
    ['/bin/sleep 9 &', 'sh'],
  ];
  for (const [text, shell] of forShell)
    it(`needs ${shell}: ${text}`, () =>
      assert.deepEqual(parseCommandLine(text), { words: [`/bin/${shell}`, '-c', text], shell }));

  it('is refused with an open quote', () =>
    assert.throws(() => parseCommandLine('/bin/say "abc'), {
      message: 'a " is not closed in: /bin/say "abc',
    }));
});

describe('arguments that are appended', () => {
  const extra = ['INSTANCE', 'VI 1', 'MASTER', '100'];
  it('follow the words', () =>
    assert.deepEqual(withArguments(parseCommandLine('/n.sh a'), extra), ['/n.sh', 'a', ...extra]));
  it('follow the last word of a shell', () =>
    assert.deepEqual(withArguments(parseCommandLine('cd / && echo'), extra), [
      '/bin/sh',
      '-c',
      'cd / && echo "$@"',
      '/bin/sh',
      ...extra,
    ]));
  it('stay where the text of a shell puts them', () =>
    assert.deepEqual(withArguments(parseCommandLine('cd / && echo $3'), extra), [
      '/bin/sh',
      '-c',
      'cd / && echo $3',
      '/bin/sh',
      ...extra,
    ]));
});
