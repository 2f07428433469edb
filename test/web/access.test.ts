import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accepts } from '../../src/web/accept.ts';
import { type AccessSettings, digestOf, refusal, sessionOf } from '../../src/web/access.ts';
import { readQuery } from '../../src/web/query.ts';
import type { Access } from '../../src/web/route.ts';

const open: AccessSettings = { actions: false, loopback: true };
const token = 'a-token-of-some-length';
const guarded: AccessSettings = { actions: true, loopback: false, token: digestOf(token) };

const local = '127.0.0.1:9112';
const code = (may: Access, settings: AccessSettings, authorization?: string) =>
  refusal({ may }, { host: local, authorization }, settings)?.code ?? 200;
const codeOfHost = (host: string) =>
  refusal({ may: 'anybody' }, { host, authorization: undefined }, open)?.code ?? 200;

describe('access over TCP', () => {
  it('is for readers where no token is set, and for nobody who would change something', () => {
    const all: readonly Access[] = ['anybody', 'reader', 'operator', 'socket'];
    assert.deepEqual(
      all.map((may) => code(may, open)),
      [200, 200, 403, 403],
    );
  });

  it('is for those who know the token where one is set, but for the control socket', () => {
    const all: readonly Access[] = ['anybody', 'reader', 'operator', 'socket'];
    assert.deepEqual(
      all.map((may) => [code(may, guarded), code(may, guarded, `Bearer ${token}`)]),
      [
        [200, 200],
        [401, 200],
        [401, 200],
        [403, 403],
      ],
    );
  });

  it('takes nothing else for the token', () => {
    const wrong = ['', 'Bearer', 'Bearer ', `Bearer ${token}x`, `Bearer ${token} x`, `Basic ${token}`, token];
    assert.deepEqual(
      wrong.map((text) => code('reader', guarded, text)),
      wrong.map(() => 401),
    );
    assert.equal(code('reader', guarded, `bearer  ${token} `), 200);
  });

  it('on loopback without a token is for those who name loopback: a page of elsewhere may name us otherwise', () => {
    const hosts = ['127.0.0.1:9112', '127.9.9.9', 'localhost:1', 'LOCALHOST', '[::1]:9112'];
    const others = [
      'evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      '',
      '[::2]:1',
      '127.0.0.1.evil.example',
    ];
    assert.deepEqual(
      hosts.map(codeOfHost),
      hosts.map(() => 200),
    );
    assert.deepEqual(
      others.map(codeOfHost),
      others.map(() => 403),
    );
  });

  it('tells a page what its user may do', () => {
    const asked = (authorization?: string) => ({ host: '127.0.0.1', authorization });
    assert.deepEqual(
      [
        sessionOf(asked(), open),
        sessionOf(asked(), { ...open, actions: true }),
        sessionOf(asked(), guarded),
        sessionOf(asked(`Bearer ${token}`), guarded),
        sessionOf(asked(`Bearer ${token}`), { ...guarded, actions: false }),
      ],
      [
        { actions: false, token: false },
        { actions: false, token: false },
        { actions: false, token: true },
        { actions: true, token: false },
        { actions: false, token: false },
      ],
    );
  });
});

describe('Accept (RFC 9110 §12.5.1)', () => {
  const cases: readonly (readonly [string | undefined, boolean])[] = [
    [undefined, true],
    ['', true],
    ['*/*', true],
    ['application/*', true],
    ['application/json;q=0.1', true],
    ['text/html, */*;q=0.8', true],
    ['text/html', false],
    ['application/json;q=0, */*', false],
    ['*/*;q=0', false],
  ];
  for (const [header, expected] of cases)
    it(`${header ?? 'that is not there'} ${expected ? 'allows' : 'forbids'} JSON`, () =>
      assert.equal(accepts(header, 'application/json'), expected));
});

describe('a query', () => {
  const rows = {
    limit: { type: 'integer', minimum: 1, maximum: 1000 },
    history: { type: 'boolean' },
    name: { type: 'array' },
  };
  it('is read as its row says', () =>
    assert.deepEqual(readQuery('limit=7&history&name=a&name=%5Bb%5D', rows), {
      limit: 7,
      history: true,
      name: ['a', '[b]'],
    }));
  const wrong: readonly (readonly [string, string])[] = [
    ['limit=0', 'Cannot use limit="0": expected a whole number from 1 to 1000'],
    ['limit=1e3', 'Cannot use limit="1e3": expected a whole number from 1 to 1000'],
    ['history=maybe', 'Cannot use history="maybe": expected nothing, true or false'],
    ['__proto__=1', 'Cannot use the query "__proto__": there is limit, history, name'],
  ];
  for (const [text, said] of wrong)
    it(`that is wrong is named: ${text}`, () => assert.equal(readQuery(text, rows), said));
});
