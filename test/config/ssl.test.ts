import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { render } from '../../src/config/diagnostic.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { cert, key } from '../helpers/certificates.ts';

const encrypted = createPrivateKey(key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
  .toString();
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const files: Readonly<Record<string, string>> = {
  '/c': cert,
  '/k': key,
  '/e': encrypted,
  '/o': other,
  '/x': 'no PEM',
};

const server = `virtual_server 10.0.0.1 443 {
  protocol TCP
  lb_algo rr
  lb_kind DR
  real_server 10.0.0.2 443 { SSL_GET { url { path / } } }
  real_server 10.0.0.3 443 { HTTP_GET { url { path / } } }
}`;

function read(block: string, changed: Readonly<Record<string, string>> = {}) {
  const has = { ...files, ...changed };
  const reader = {
    read: (file: string) => {
      const text = has[file];
      return text === undefined ? { reason: 'there is no such file' } : { text };
    },
    find: () => [],
  };
  const { config, diagnostics } = parseConfig(`SSL { ${block} }\n${server}`, { file: 'x', reader });
  const checks = config?.virtualServers[0]?.realServers.flatMap((one) => one.checks) ?? [];
  const identities = checks.map((check) => (check.kind === 'SSL_GET' ? check.identity : undefined));
  const said = diagnostics.map((one) => render(one).replaceAll(/\n.*[|].*/g, ''));
  return { identities, said };
}

describe('the SSL block', () => {
  it('is what SSL_GET is told, and nothing else is', () => {
    const { identities, said } = read('password secret\n ca /c\n certificate /c\n key /e');
    const [identity] = identities;
    assert.deepEqual(said, []);
    assert.match(identity?.revision ?? '', /^[\da-f]{16}$/);
    assert.deepEqual(identities, [
      { ca: '/c', certificate: '/c', key: '/e', password: 'secret', revision: identity?.revision },
      undefined,
    ]);
  });

  it('is another when a file holds something else', () => {
    const block = 'certificate /c\n key /k';
    const [before] = read(block).identities;
    const [same] = read(block).identities;
    const [after] = read(block, { '/c': `# renewed\n${cert}` }).identities;
    assert.deepEqual([same, after?.revision === before?.revision], [before, false]);
  });

  for (const [block, said, help] of [
    [
      'certificate /c',
      'x:1:19: error: Cannot use this certificate: no key is written [MISSING_KEYWORD]',
      'write `key FILE`; one file in PEM may hold both',
    ],
    [
      'certificate /c\n key /missing',
      'x:2:6: error: Cannot use key "/missing": there is no such file [NO_FILE]',
    ],
    [
      'certificate /x\n key /k',
      'x:1:19: error: Cannot use certificate "/x": expected a certificate in PEM [BAD_VALUE]',
      'it begins with -----BEGIN CERTIFICATE-----; openssl x509 converts other forms',
    ],
    [
      'certificate /c\n key /x',
      'x:2:6: error: Cannot use key "/x": expected a private key in PEM [BAD_VALUE]',
    ],
    [
      'certificate /c\n key /e',
      'x:2:6: error: Cannot use key "/e": it is encrypted, and no password is written [BAD_VALUE]',
      'write password WORD in the SSL block',
    ],
    [
      'certificate /c\n key /e\n password wrong',
      'x:2:6: error: Cannot use key "/e": the password is another [BAD_VALUE]',
      'write password WORD in the SSL block',
    ],
    [
      'certificate /c\n key /o',
      'x:2:6: error: Cannot use key "/o": it is the key of another certificate [CONFLICT]',
    ],
    [
      'certificate c.pem\n key /k',
      'x:1:19: error: Cannot use certificate "c.pem": expected an absolute path [BAD_VALUE]',
    ],
    ['password x', 'x:1:1: warning: SSL has no effect: no certificate and no key is written [EMPTY]'],
  ] as const)
    it(`with ${block.replaceAll('\n', ',')} is told of with file, line and column`, () => {
      const found = read(block);
      assert.deepEqual(found.said, [help === undefined ? said : `${said}\nhelp: ${help}`]);
    });
});
