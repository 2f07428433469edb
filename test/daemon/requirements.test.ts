import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingRequirement } from '../../src/daemon/requirements.ts';

const good = { userId: 0, kernel: '6.1.0-13-amd64', bpfMounted: true };

describe('what a director needs', () => {
  it('is root, Linux 6.1 and a BPF file system', () => {
    assert.equal(missingRequirement(good), undefined);
    assert.equal(missingRequirement({ ...good, kernel: '7.0.1' }), undefined);
  });

  it('is said in one sentence with the cure', () => {
    const sentences = [
      { ...good, userId: 1000 },
      { ...good, kernel: '5.15.0-91-generic' },
      { ...good, kernel: '6.0.19' },
      { ...good, bpfMounted: false },
    ].map((facts) => missingRequirement(facts)?.message);
    assert.deepEqual(sentences, [
      'xlb needs root: run it with sudo',
      'xlb needs Linux 6.1 or newer, this is 5.15.0-91-generic: boot a newer kernel',
      'xlb needs Linux 6.1 or newer, this is 6.0.19: boot a newer kernel',
      'xlb needs a BPF file system on /sys/fs/bpf: mount -t bpf bpf /sys/fs/bpf',
    ]);
  });
});
