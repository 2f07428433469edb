/** Who is told what: rs_init_notifies, and mail of single checks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Config } from '../../src/config/model.ts';
import { createDirector } from '../../src/director/director.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import {
  configOf,
  realServerConfig,
  span,
  tcpCheckConfig,
  virtualServerConfig,
} from '../helpers/sample_config.ts';

const [A, B] = ['10.0.0.2', '10.0.0.3'] as const;
const notifyUp = { command: '/up', span };

function world(config: Config) {
  const told: string[] = [];
  const director = createDirector(config, {
    clock: new FakeClock(0),
    logger: memoryLog().logger,
    onVirtualServers: () => undefined,
    onNotification: (one) => {
      const about = one.kind === 'virtual_server' ? one.virtualServer : one.realServer;
      const script = one.script === undefined ? '' : ` runs ${one.script.command}`;
      told.push(`${one.kind} ${about} ${one.state}${script}${one.mail ? ` mail: ${one.why}` : ''}`);
    },
  });
  return { director, told };
}

function keyOf(address: string): string {
  return `[10.0.0.1]:tcp:80 [${address}]:tcp:80 TCP_CHECK connectIp=${address} connectPort=80`;
}

function withInit(config: Config): Config {
  return { ...config, global: { ...config.global, tellsOfInitialServers: true } };
}

describe('rs_init_notifies', () => {
  const waiting = realServerConfig(B, { notifyUp, checks: [tcpCheckConfig({ connectIp: B, alpha: true })] });
  const web = virtualServerConfig([realServerConfig(A, { notifyUp }), waiting]);

  it('tells scripts and FIFO, not by mail, of real servers that begin in service; not of those with alpha', () => {
    const { director, told } = world(withInit(configOf([web])));
    director.begin();
    assert.deepEqual(told, ['real_server [10.0.0.2]:tcp:80 UP runs /up']);
  });

  it('tells of what a reload brings, and of nothing that stays', () => {
    const before = configOf([virtualServerConfig([realServerConfig(A, { notifyUp })])]);
    const { director, told } = world(withInit(before));
    const more = virtualServerConfig([realServerConfig(A, { notifyUp }), realServerConfig(B)]);
    const other = virtualServerConfig([realServerConfig(B, { port: 443, notifyUp })], { port: 443 });
    director.reload(withInit(configOf([more, other])));
    assert.deepEqual(told.sort(), [
      'real_server [10.0.0.3]:tcp:443 UP runs /up',
      'real_server [10.0.0.3]:tcp:80 UP',
    ]);
  });

  it('is off by default', () => {
    const { director, told } = world(configOf([web]));
    director.begin();
    assert.deepEqual(told, []);
  });
});

describe('a reload that takes away', () => {
  const down = { notifyDown: { command: '/down', span } };
  const both = virtualServerConfig([realServerConfig(A, down), realServerConfig(B, down)], {
    quorumDown: { command: '/lost', span },
  });

  it('a real server in service tells that it is down, and nothing of one that was', () => {
    const run = (dead: boolean) => {
      const { director, told } = world(configOf([both]));
      if (dead) director.checkChanged(keyOf(B), false);
      told.length = 0;
      director.reload(configOf([{ ...both, realServers: both.realServers.slice(0, 1) }]));
      return told;
    };
    assert.deepEqual(
      [run(false), run(true)],
      [['real_server [10.0.0.3]:tcp:80 DOWN runs /down mail: Removing'], []],
    );
  });

  it('a virtual server tells of its real servers, and that the quorum is lost', () => {
    const other = virtualServerConfig([realServerConfig(A)], { port: 443 });
    const { director, told } = world(configOf([both, other]));
    director.reload(configOf([other]));
    assert.deepEqual(told, [
      'real_server [10.0.0.2]:tcp:80 DOWN runs /down mail: Removing',
      'real_server [10.0.0.3]:tcp:80 DOWN runs /down mail: Removing',
      'virtual_server [10.0.0.1]:tcp:80 DOWN runs /lost',
    ]);
  });
});

describe('mail of a check, where others decide what the real server is', () => {
  const checks = [tcpCheckConfig({ connectPort: 80 }), tcpCheckConfig({ connectPort: 81 })];
  const keys = [80, 81].map(
    (port) => `[10.0.0.1]:tcp:80 [10.0.0.2]:tcp:80 TCP_CHECK connectIp=10.0.0.2 connectPort=${port}`,
  );
  const [first = '', second = ''] = keys;
  const run = (config: Config) => {
    const { director, told } = world(config);
    director.checkChanged(first, false);
    director.checkChanged(second, false);
    director.checkChanged(second, false);
    director.checkChanged(first, true);
    director.checkChanged(second, true);
    return told.filter((line) => !line.startsWith('virtual_server'));
  };
  const server = realServerConfig(A, { checks });

  it('is sent for each check that passes or fails, and says what the real server is', () =>
    assert.deepEqual(run(configOf([virtualServerConfig([server])])), [
      'real_server [10.0.0.2]:tcp:80 DOWN mail: TCP CHECK failed on service',
      'check [10.0.0.2]:tcp:80 DOWN mail: TCP CHECK failed on service',
      'check [10.0.0.2]:tcp:80 DOWN mail: TCP CHECK succeed on service',
      'real_server [10.0.0.2]:tcp:80 UP mail: TCP CHECK succeed on service',
    ]));

  it('is not sent with no_checker_emails, nor of a real server with smtp_alert off', () => {
    const quiet = configOf([virtualServerConfig([server])]);
    const mail = { ...quiet.global.mail, notOfChecks: true } as const;
    assert.deepEqual(run({ ...quiet, global: { ...quiet.global, mail } }), [
      'real_server [10.0.0.2]:tcp:80 DOWN mail: TCP CHECK failed on service',
      'real_server [10.0.0.2]:tcp:80 UP mail: TCP CHECK succeed on service',
    ]);
    assert.deepEqual(run(configOf([virtualServerConfig([{ ...server, noMail: true }])])), [
      'real_server [10.0.0.2]:tcp:80 DOWN',
      'real_server [10.0.0.2]:tcp:80 UP',
    ]);
  });
});
