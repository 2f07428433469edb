import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { demand, LeftOut } from '../../bench/needs.ts';

describe('what a scenario needs', () => {
  it('may all be there', () => {
    assert.doesNotThrow(() => demand(['sh'], false));
  });

  it('is named with its cure where it is missing, whatever is no command first', () => {
    const lacks = new LeftOut(['build/vm (packaging/setup --tests)', 'nix-7 (apt-get install nix-7)']);
    assert.throws(() => demand(['sh', 'nix-7'], false, 'build/vm (packaging/setup --tests)'), lacks);
    assert.equal(lacks.message, 'needs build/vm (packaging/setup --tests), nix-7 (apt-get install nix-7)');
  });
});
