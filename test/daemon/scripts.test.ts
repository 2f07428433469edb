import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScriptText } from '../../src/base/script/script.ts';
import { render } from '../../src/config/diagnostic.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { checkScripts } from '../../src/daemon/scripts.ts';
import { readyScript } from '../helpers/fake_spawn.ts';
import {
  configOf,
  miscCheckConfig,
  realServerConfig,
  span,
  virtualServerConfig,
} from '../helpers/sample_config.ts';

describe('the scripts of a configuration', () => {
  it('are looked for on this host, each once', () => {
    const check = (command: string, security = false) =>
      miscCheckConfig({ script: { command, span }, security });
    const checks = [check('/missing', true), check('/missing', true), check('/unsafe'), check('/good')];
    const there = { ...span, line: 2 };
    const notify = { notifyUp: { command: '/good', span }, notifyDown: { command: '/missing', span: there } };
    const config = configOf([virtualServerConfig([realServerConfig('10.0.0.2', { checks, ...notify })])]);
    const asked: string[] = [];
    const prepare = (security: boolean) => (text: ScriptText) => {
      asked.push(`${text.command} ${security}`);
      if (text.command === '/missing') return { kind: 'refused', text: 'Cannot run it' } as const;
      const ready = readyScript(text);
      return text.command === '/unsafe' ? { ...ready, warning: 'SECURITY VIOLATION' } : ready;
    };
    const found = checkScripts(config, ({ security }) => prepare(security)).map(render);
    assert.deepEqual(asked, [
      '/missing true',
      '/unsafe false',
      '/good false',
      '/good false',
      '/missing false',
    ]);
    assert.deepEqual(found, [
      'test.conf:1:1: error: Cannot run it [BAD_SCRIPT]\nhelp: while it is so, xlb run leaves the check disabled, ' +
        'and the real server unchecked',
      'test.conf:1:1: warning: SECURITY VIOLATION [BAD_SCRIPT]',
      'test.conf:2:1: error: Cannot run it [BAD_SCRIPT]\nhelp: while it is so, xlb run goes on without it, ' +
        'and nobody is told',
    ]);
  });

  it('of the start, the end and the FIFOs of xlb that cannot run are errors', () => {
    const { config } = parseConfig(
      [
        'global_defs { startup_script /start\n shutdown_script /end\n',
        'notify_fifo /run/fifo\n notify_fifo_script "/read it"\n}\n',
        'vrrp_instance V { interface e\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.1\n}\n}\n',
      ].join(''),
      { file: 'test.conf' },
    );
    assert.ok(config);
    const found = checkScripts(config, () => ({ command }) => ({
      kind: 'refused',
      text: `Cannot run ${command}`,
    }));
    assert.deepEqual(
      found.map(({ severity, at, message, help }) => [severity, at.line, message, help]),
      [
        ['error', 1, 'Cannot run /start', 'while it is so, xlb run goes on without it'],
        ['error', 2, 'Cannot run /end', 'while it is so, xlb run goes on without it'],
        ['error', 4, 'Cannot run /read it', 'while it is so, xlb run goes on without it'],
      ],
    );
  });

  it('of VRRP that cannot run are errors, though the routers run without them', () => {
    const { config } = parseConfig(
      [
        'vrrp_script s { script /missing\n}\n',
        'vrrp_instance V { interface e\n virtual_router_id 1\n notify_master /missing\n notify "/missing all"\n',
        'track_script { s\n}\n virtual_ipaddress { 10.0.0.1\n}\n}\n',
      ].join(''),
      { file: 'test.conf' },
    );
    assert.ok(config);
    const found = checkScripts(config, () => ({ command }) => ({
      kind: 'refused',
      text: `Cannot run ${command}`,
    }));
    assert.deepEqual(
      found.map(({ severity, message, help }) => `${severity}: ${message}: ${help?.split(', ')[1]}`),
      [
        'error: Cannot run /missing: xlb run does not track it',
        'error: Cannot run /missing: xlb run goes on without it',
        'error: Cannot run /missing all: xlb run goes on without it',
      ],
    );
  });
});
