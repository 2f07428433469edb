import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileMemory } from '../../src/host/realserver_memory.ts';
import { kernelSysctl } from '../../src/host/sysctl.ts';

const folder = mkdtempSync(join(tmpdir(), 'xlb-memory-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('what xlb realserver remembers', () => {
  it('is read back as it was written, and is gone with its folder when nothing is left', () => {
    const file = join(folder, 'run', 'realserver.json');
    const memory = fileMemory(file);
    const state = { addresses: ['10.0.0.1'], sysctls: { 'net.ipv4.conf.all.arp_ignore': '0' } };
    memory.save(state);
    const back = memory.load();
    memory.save({ addresses: [], sysctls: {} });
    assert.deepEqual([back, memory.load(), existsSync(join(folder, 'run'))], [state, undefined, false]);
  });

  for (const text of ['', 'null', '{"addresses":[1],"sysctls":{}}', '{"addresses":[],"sysctls":{"a":1}}']) {
    it(`is refused when the file holds ${JSON.stringify(text)}`, () => {
      const file = join(folder, 'broken.json');
      writeFileSync(file, text);
      assert.throws(() => fileMemory(file).load(), {
        code: 'HOST',
        message: `Cannot read ${file}: it is not what xlb wrote`,
      });
    });
  }
});

describe('a kernel setting', () => {
  it('is a file below /proc/sys', () => {
    assert.match(kernelSysctl().read('kernel.ostype'), /^Linux$/);
  });

  it('that does not exist is named in the error', () => {
    assert.throws(() => kernelSysctl(folder).read('net.none'), {
      message: /^Cannot read the kernel setting net\.none: /,
    });
  });
});
