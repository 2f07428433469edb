import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readWeightOrder } from '../../src/control/weight.ts';
import { matchingServers, RememberedWeights } from '../../src/daemon/weights.ts';
import { createHistory, snapshotOf } from '../../src/director/snapshot.ts';
import { startVirtualServer } from '../../src/director/virtual_server.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { realServerConfig, virtualServerConfig } from '../helpers/sample_config.ts';

describe('the servers that an operator means', () => {
  const six = virtualServerConfig([realServerConfig('fd00::2')], { address: 'fd00::1' });
  const secure = virtualServerConfig([realServerConfig('10.0.0.2', { port: 443 })], { port: 443 });
  const web = virtualServerConfig([realServerConfig('10.0.0.2'), realServerConfig('10.0.0.3')]);
  const member = { protocol: 'TCP', address: '10.0.0.8', port: 80 } as const;
  const group = virtualServerConfig([realServerConfig('10.0.0.2')], {
    address: '10.0.0.7',
    group: 'WEB',
    members: [member],
  });
  const mark = virtualServerConfig([realServerConfig('10.0.0.2', { port: 0 })], {
    protocol: 'FWM',
    address: '0.0.0.0',
    port: 0,
    fwmark: 7,
  });
  const dns = virtualServerConfig([realServerConfig('10.0.0.2', { port: 53 })], {
    address: '10.0.0.5',
    port: 53,
  });
  const udp = { ...dns, protocol: 'UDP' } as const;
  const udpGroup = { ...group, protocol: 'UDP' } as const;
  const mark6 = { ...mark, address: '::', fwmark: 8 };
  const mark4 = { ...mark, fwmark: 8 };
  const servers = [web, secure, six, group, mark, dns, udp, udpGroup, mark6, mark4].map((config) =>
    snapshotOf(startVirtualServer(config), createHistory(0)),
  );
  const cases = [
    ['10.0.0.1:80', '10.0.0.2:80', ['[10.0.0.1]:tcp:80 [10.0.0.2]:tcp:80']],
    [
      '10.0.0.1',
      '10.0.0.2',
      ['[10.0.0.1]:tcp:80 [10.0.0.2]:tcp:80', '[10.0.0.1]:tcp:443 [10.0.0.2]:tcp:443'],
    ],
    ['10.0.0.1:81', '10.0.0.2', []],
    ['10.0.0.1:80', '10.0.0.9', []],
    ['[fd00:0::1]:80', 'fd00::2', ['[fd00::1]:tcp:80 [fd00::2]:tcp:80']],
    ['group:WEB', '10.0.0.2', ['[WEB]:tcp [10.0.0.2]:tcp:80', '[WEB]:udp [10.0.0.2]:udp:80']],
    ['tcp:10.0.0.8', '10.0.0.2', ['[WEB]:tcp [10.0.0.2]:tcp:80']],
    ['fwmark:7', '10.0.0.2', ['FWM 7 [10.0.0.2]:none:0']],
    ['tcp:10.0.0.5:53', '10.0.0.2', ['[10.0.0.5]:tcp:53 [10.0.0.2]:tcp:53']],
    ['udp:10.0.0.5', '10.0.0.2:53', ['[10.0.0.5]:udp:53 [10.0.0.2]:udp:53']],
    ['udp:group:WEB', '10.0.0.2', ['[WEB]:udp [10.0.0.2]:udp:80']],
    ['inet6:fwmark:8', '10.0.0.2', ['FWM 8 IPv6 [10.0.0.2]:none:0']],
    ['inet:fwmark:8', '10.0.0.2', ['FWM 8 [10.0.0.2]:none:0']],
    ['0.0.0.0', '10.0.0.2', []],
    ['nonsense', 'nonsense', []],
  ] as const;
  for (const [virtualServer, realServer, expected] of cases)
    it(`by ${virtualServer} and ${realServer}`, () =>
      assert.deepEqual(
        matchingServers({ virtualServer, realServer }, servers).map(
          (one) => `${one.virtualServer} ${one.realServer}`,
        ),
        expected,
      ));
});

describe('an order of a weight', () => {
  it('is read from a body of which nothing is believed', () => {
    const names = { virtualServer: 'a', realServer: 'b' };
    const orders = [null, { ...names, weight: -1 }, { ...names, weight: '5' }, { weight: 5 }, names];
    assert.deepEqual(
      orders.map((body) => typeof readWeightOrder(body)),
      ['string', 'string', 'string', 'string', 'string'],
    );
    assert.deepEqual(
      [0, null].map((weight) => readWeightOrder({ ...names, weight, more: 1 })),
      [0, null].map((weight) => ({ ...names, weight })),
    );
  });
});

describe('weights by hand', () => {
  const directory = mkdtempSync(join(tmpdir(), 'xlb-weights-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'weights.json');
  const { logger } = memoryLog();
  const kept = () => new RememberedWeights(file, logger);

  it('are kept in a file while there are any', () => {
    const weights = [{ virtualServer: 'V', realServer: 'R', weight: 0 }];
    const here = kept();
    here.keep(weights);
    const found = kept().read();
    here.keep([]);
    assert.deepEqual([found, existsSync(file)], [weights, false]);
  });

  it('are none where the file is damaged', () => {
    writeFileSync(file, '{"');
    assert.deepEqual(kept().read(), []);
  });
});
