import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { BorrowedSysctls, borrowedSettings, giveBack } from '../../src/vrrp/borrowed_sysctls.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-sysctls-'));
after(() => rmSync(directory, { recursive: true }));

function hostWith(values: Record<string, string>) {
  const sysctl = {
    read: (name: string) => values[name] ?? assert.fail(`${name} is not there`),
    write: (name: string, value: string) => {
      values[name] = value;
    },
  };
  const file = join(directory, 'sysctls.json');
  const remembered = () => borrowedSettings(file, memoryLog().logger);
  /** As a process finds them that was just started. */
  const process = (what: string) => new BorrowedSysctls(sysctl, { before: remembered(), what });
  return { values, sysctl, file, remembered, process };
}

describe('a borrowed kernel setting', () => {
  const [below, other] = ['net/ipv4/conf/eth0/arp_ignore', 'net/ipv4/conf/eth0/promote_secondaries'];

  it('has its old value again also when the process that set it died', () => {
    const { values, file, process } = hostWith({ [below]: '2', [other]: '0' });
    process('arp_ignore').set('eth0', '1');
    process('promote_secondaries').set('eth0', '1');
    const next = process('arp_ignore');
    next.set('eth0', '1');
    next.restoreOthers(new Set(['eth0']));
    const kept = { ...values };
    next.restoreOthers(new Set());
    assert.deepEqual(
      [kept, values],
      [
        { [below]: '1', [other]: '1' },
        { [below]: '2', [other]: '1' },
      ],
    );
    process('promote_secondaries').restoreOthers(new Set());
    assert.deepEqual([values, existsSync(file)], [{ [below]: '2', [other]: '0' }, false]);
  });

  it('is given back by a cleanup', () => {
    const { values, sysctl, file, process, remembered } = hostWith({ [below]: '0' });
    process('arp_ignore').set('eth0', '1');
    giveBack(sysctl, remembered());
    assert.deepEqual([values, existsSync(file)], [{ [below]: '0' }, false]);
  });
});
