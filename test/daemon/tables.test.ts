import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import {
  changeTables,
  connectionStretches,
  type TablesShell,
  tableServices,
} from '../../src/daemon/tables.ts';
import { Dataplane } from '../../src/dataplane/dataplane.ts';
import type { Question } from '../../src/dataplane/questions.ts';
import { createDirector } from '../../src/director/director.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost, tableOf } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { configOf, realServerConfig, virtualServerConfig } from '../helpers/sample_config.ts';

const key = { protocol: 'TCP', address: '10.0.0.1', port: 80 } as const;
const other = { ...key, port: 81 };
const server = (address: string, weight = 1) => ({ address, weight, upperThreshold: 0, lowerThreshold: 0 });

function world() {
  const host = new FakeHost();
  const clock = new FakeClock();
  const options = { pinDirectory: '/pins', neighboursFile: '/none', limits: { flowSlots: 2_000 } };
  const dataplane = new Dataplane(host.addon(), options, {
    clock,
    log: () => undefined,
    tell: () => undefined,
  });
  const { logger } = memoryLog();
  const config = configOf([virtualServerConfig([realServerConfig('10.0.0.2')])]);
  const director = createDirector(config, { clock, logger, onVirtualServers: () => undefined });
  const did: string[] = [];
  const shell = {
    director,
    dataplane: {
      ask: (question: Question) => {
        did.push(JSON.stringify(question));
        return Promise.resolve(dataplane.answer(question));
      },
    } as unknown as TablesShell['dataplane'],
    wish: () => {
      dataplane.want({
        virtualServers: director.virtualServers(),
        realServers: [],
        interfaces: { names: [], addresses: [], datapath: 'auto' },
        markRules: [],
        settings: {},
      });
      did.push(`wish ${director.virtualServers().map(poolOf).join(', ')}`);
      return Promise.resolve([]);
    },
    setTimeouts: () => {
      did.push('set timeouts');
    },
  };
  return { host, clock, dataplane, director, did, shell };
}

function poolOf({ port, destinations }: VirtualServerSpec): string {
  return `${port}: ${destinations.map(({ address, weight }) => `${address}=${weight}`).join(' ')}`;
}

describe('changes from the control socket', () => {
  it('are carried out together, and answered when the tables have them', async () => {
    const { shell, did } = world();
    assert.deepEqual(
      await changeTables(
        [
          { change: 'add_destination', key, destination: server('10.0.0.3', 5) },
          { change: 'add_destination', key, destination: server('10.0.0.3', 5) },
          {
            change: 'add_service',
            service: { ...other, scheduler: 'wlc', schedulerFlags: 0, onePacket: false },
          },
        ],
        shell,
      ),
      { results: [null, 'Destination already exists', null], problems: [] },
    );
    assert.deepEqual(did, ['wish 80: 10.0.0.3=5 10.0.0.2=1, 81: ']);
  });

  it('zero counters only after what was changed before', async () => {
    const { shell, did } = world();
    const { results } = await changeTables(
      [
        { change: 'delete_destination', key, address: '10.0.0.2' },
        { change: 'zero', key },
        { change: 'zero', key: other },
        { change: 'set_timeouts', tcp: 1, tcpFin: 2, udp: 3 },
        { change: 'zero' },
      ],
      shell,
    );
    assert.deepEqual(results, [null, null, 'No such service', null, null]);
    assert.deepEqual(
      did.map((one) => one.slice(0, 22)),
      ['wish 80: ', '{"ask":"zero","key":{"', 'set timeouts', 'wish 80: ', '{"ask":"zero"}'],
    );
  });

  it('are answered each by itself, also where counters cannot be zeroed now', async () => {
    const { shell, did } = world();
    const dataplane = { ask: () => Promise.reject(new Error('The dataplane worker is being restarted')) };
    const { results } = await changeTables(
      [
        { change: 'add_destination', key, destination: server('10.0.0.3') },
        { change: 'zero', key },
        { change: 'delete_destination', key, address: '10.0.0.2' },
      ],
      { ...shell, dataplane },
    );
    assert.deepEqual(
      [results, did],
      [
        [null, 'The dataplane worker is being restarted', null],
        ['wish 80: 10.0.0.3=1 10.0.0.2=1', 'wish 80: 10.0.0.3=1'],
      ],
    );
  });

  it('that are all refused wish for nothing', async () => {
    const { shell, did } = world();
    await changeTables([{ change: 'delete_service', key: other }], shell);
    assert.deepEqual(did, []);
  });
});

describe('connections from the data path', () => {
  it('are asked for a stretch at a time, when the one before is taken', async () => {
    const { host, shell, did } = world();
    host.connections = [['a', 'b'], [], ['c']];
    const pieces: string[] = [];
    for await (const piece of connectionStretches(shell.dataplane)) {
      pieces.push(`${new TextDecoder().decode(piece)}after ${did.length}`);
    }
    assert.deepEqual(pieces, ['a\nb\nafter 1', 'c\nafter 3']);
  });
});

describe('the tables for the screens', () => {
  it('show what was counted since it was zeroed, without those that are gone', () => {
    const table = tableOf({
      ...key,
      scheduler: 'sh',
      schedulerFlags: 2,
      destinations: [
        { address: '10.0.0.2', weight: 3, upperThreshold: 9 },
        { address: '10.0.0.3', weight: 1 },
      ],
    });
    const [first, second] = table.destinations;
    assert.ok(first && second);
    const rates = { connections: 1, packets: 2, bytes: 3 };
    const zeroed = { connections: 1, packets: 1, bytes: 1 };
    const counted = { connections: 5, packets: 50, bytes: 500, zeroed };
    assert.deepEqual(
      tableServices(
        [
          {
            ...table,
            ...counted,
            destinations: [
              { ...first, ...counted, active: 4 },
              { ...second, gone: true },
            ],
          },
        ],
        [{ own: rates, destinations: [rates, rates] }],
      ),
      [
        {
          ...key,
          scheduler: 'sh',
          schedulerFlags: 2,
          onePacket: false,
          members: [],
          counters: { connections: 4, packets: 49, bytes: 499 },
          rates,
          destinations: [
            {
              ...server('10.0.0.2', 3),
              upperThreshold: 9,
              active: 4,
              inactive: 0,
              persistent: 0,
              counters: { connections: 4, packets: 49, bytes: 499 },
              rates,
            },
          ],
        },
      ],
    );
  });
});
