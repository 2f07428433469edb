import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Command, UsageError } from '../../src/ipvsadm/command.ts';
import { connectionFields, connectionLine, connectionsTitle } from '../../src/ipvsadm/connections.ts';
import { type Names, numericNames, type Service } from '../../src/ipvsadm/model.ts';
import { parseCommand } from '../../src/ipvsadm/parser.ts';
import { ruleLines } from '../../src/ipvsadm/rules.ts';
import { largeNumber, listScreen, serviceList, timeoutsScreen } from '../../src/ipvsadm/screen.ts';
import { usageText, versionText } from '../../src/ipvsadm/usage.ts';
import { sample, sampleFile, stateOf } from '../helpers/ipvsadm_screens.ts';

const noLookups = { address: () => undefined, port: () => undefined };

/** The state of 00-setup.txt after its traffic, in the kernel's order. */
const state = stateOf({
  list: sample('Ln_nosort.txt'),
  stats: sample('Ln_stats_exact.txt'),
  rate: sample('Ln_rate_exact.txt'),
  thresholds: sample('Ln_thresholds.txt'),
  persistentConn: sample('Ln_persistent-conn.txt'),
});

/** What the command of a captured file's first line prints of the state. */
function print(words: readonly string[], services: readonly Service[]): string {
  const command = parseCommand(words, noLookups);
  switch (command.do) {
    case 'list':
      return printList(command, services);
    case 'save':
      return [...ruleLines(services, numericNames)].join('');
    case 'timeouts':
      return timeoutsScreen({ tcp: 900, tcpFin: 120, udp: 300 });
    case 'daemons':
      return '';
    case 'help':
      return usageText;
    case 'version':
      return versionText;
    case 'connections':
    case 'restore':
    case 'change':
      throw new UsageError(command.do);
  }
}

function printList({ format, service: key }: Command & { do: 'list' }, services: readonly Service[]): string {
  if (key === undefined) return [...listScreen(services, format, numericNames)].join('');
  const service = services.find(
    (one) =>
      one.protocol === key.protocol &&
      (one.fwmark === undefined
        ? one.address === key.address && one.port === key.port
        : one.fwmark === key.fwmark),
  );
  if (service === undefined) throw new UsageError('No such service', 1);
  return serviceList(service, format, numericNames);
}

const screens = [
  'L.txt',
  'L_-n.txt',
  'L_daemon.txt',
  'L_timeout.txt',
  'Ln.txt',
  'Ln_-f_7.txt',
  'Ln_-t_10.0.0.100.80.txt',
  'Ln_-t_fd00..100.80.txt',
  'Ln_daemon.txt',
  'Ln_nosort.txt',
  'Ln_persistent-conn.txt',
  'Ln_persistent-conn_-t_10.0.0.100.443.txt',
  'Ln_rate.txt',
  'Ln_rate_exact.txt',
  'Ln_sort.txt',
  'Ln_stats.txt',
  'Ln_stats_-t_10.0.0.100.80.txt',
  'Ln_stats_-u_10.0.0.100.53_exact.txt',
  'Ln_stats_exact.txt',
  'Ln_tcp-service_10.0.0.100.80_rate.txt',
  'Ln_thresholds.txt',
  'Ln_thresholds_-t_10.0.0.100.80.txt',
  'Ln_timeout.txt',
  'S.txt',
  'S_-n.txt',
  'Sn.txt',
  'h.txt',
  'list_numeric.txt',
  'ln.txt',
  'save.txt',
  'version.txt',
];

describe('the screens of ipvsadm 1.31', () => {
  for (const name of screens) {
    const [title = ''] = sampleFile(name).split('\n');
    it(`are the captured ones, byte for byte: ${title} (${name})`, () => {
      const words = title.replace('$ ipvsadm', '').split(' ').filter(Boolean);
      assert.equal(print(words, state), sample(name));
    });
  }

  it('are the captured ones where there is no service', () => {
    const dialogue = sampleFile('empty.txt');
    for (const part of dialogue.split(/^\$ ipvsadm /m).slice(1)) {
      const [title = '', ...lines] = part.split('\n');
      if (title === '-Lnc') continue;
      assert.equal(print(title.split(' '), []), lines.join('\n'), title);
    }
  });

  it('list a mixed pool in the order of ipvsadm’s own comparison', () => {
    const dialogue = sampleFile('mistakes.txt');
    const list = /^\$ ipvsadm -Ln --exact\n([^[]*(?:\[fd[^[]*)*)\[exit 0\]/m.exec(dialogue)?.[1] ?? '';
    const services = stateOf({ list });
    const shuffled = services
      .toReversed()
      .map((one) => ({ ...one, destinations: one.destinations.toReversed() }));
    assert.equal(print(['-Ln', '--exact'], shuffled), list);
  });

  it('put 192.168 before 10, as 1.31 does', () => {
    const [service] = state;
    assert.ok(service);
    const addresses = ['10.0.0.1', '192.168.0.1', '172.16.0.1'];
    const services = addresses.map((address) => ({ ...service, address }));
    assert.deepEqual(
      [...print(['-Ln'], services).matchAll(/^UDP {2}([\d.]+)/gm)].map((match) => match[1]),
      ['172.16.0.1', '192.168.0.1', '10.0.0.1'],
    );
  });

  it('show names where there are some and no -n', () => {
    const names: Names = {
      host: (address) => (address === '10.0.0.100' ? 'www.example.org' : address),
      port: (port, protocol) => (protocol === 'TCP' && port === 80 ? 'http' : String(port)),
    };
    const service = state.find(({ protocol, port }) => protocol === 'TCP' && port === 80);
    assert.ok(service);
    const command = parseCommand(['-L'], noLookups);
    assert.ok(command.do === 'list');
    assert.match(
      serviceList(service, command.format, names),
      /^TCP {2}www\.example\.org:http wrr\n {2}-> 10\.0\.0\.11:http {15}Route {3}5 {6}11/m,
    );
  });
});

describe('the connections of ipvsadm 1.31', () => {
  for (const name of ['Lnc.txt', 'Lnc_nosort.txt', 'Lnc_persistent-conn.txt']) {
    it(`are the captured ones, byte for byte (${name})`, () => {
      const text = sample(name);
      const [, , ...rows] = text.trimEnd().split('\n');
      const printed = rows.map((row) => connectionLine(fields(row), numericNames)).join('');
      assert.equal(connectionsTitle(name.includes('persistent')) + printed, text);
    });
  }
});

/** A row as the daemon would have sent it. */
function fields(row: string): NonNullable<ReturnType<typeof connectionFields>> {
  const [protocol, expires = '', state, ...endpoints] = row.split(/ +/);
  const [minutes, seconds] = expires.split(':').map(Number);
  const flat = endpoints.flatMap((one) => {
    const colon = one.lastIndexOf(':');
    return [one.slice(0, colon).replace(/[[\]]/g, ''), one.slice(colon + 1)];
  });
  const line = [protocol, (minutes ?? 0) * 60 + (seconds ?? 0), state, ...flat, 1].join('\t');
  const read = connectionFields(line);
  assert.ok(read);
  return read;
}

describe('a large number', () => {
  it('is shortened from 100 million on, unless exact', () => {
    const numbers = [99_999_999, 100_000_000, 999_999_999, 1e9, 99_999_999_999, 1e11, 1e14];
    assert.deepEqual(
      numbers.map((number) => largeNumber(number, false)),
      [' 99999999', '  100000K', '  999999K', '    1000M', '   99999M', '     100G', '     100T'],
    );
    assert.deepEqual(
      [0, 99_999_999, 114_240_696].map((number) => largeNumber(number, true)),
      ['        0', ' 99999999', ' 114240696'],
    );
  });
});
