import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instancePaths } from '../../src/daemon/paths.ts';

describe('the paths of an instance', () => {
  it('are the well-known ones for the default instance', () => {
    assert.deepEqual(instancePaths('default'), {
      instance: 'default',
      runDirectory: '/run/xlb',
      runRoot: '/run/xlb',
      lockFile: '/run/xlb/xlb.pid',
      socket: '/run/xlb/xlb.sock',
      addressesFile: '/run/xlb/addresses.json',
      routingFile: '/run/xlb/routing.json',
      sysctlsFile: '/run/xlb/sysctls.json',
      vrrpFile: '/run/xlb/vrrp.json',
      weightsFile: '/run/xlb/weights.json',
      neighboursFile: '/run/xlb/neighbours.json',
      pinDirectory: '/sys/fs/bpf/xlb/default',
    });
  });

  it('have a folder of their own for another instance', () => {
    assert.equal(instancePaths('blue').socket, '/run/xlb/blue/xlb.sock');
  });

  it('are below the run directory that was asked for, which is not xlb’s to remove', () => {
    const { runRoot, socket } = instancePaths('blue', '/tmp/x');
    assert.deepEqual({ runRoot, socket }, { runRoot: undefined, socket: '/tmp/x/xlb.sock' });
  });

  it('refuse a name that would leave its folder', () => {
    for (const name of ['', '..', 'a/b', 'a b', 'x'.repeat(33)])
      assert.throws(() => instancePaths(name), { code: 'USAGE' }, name);
  });
});
