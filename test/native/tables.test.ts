/** The C++ tests of the packet core and its tables: native/test, built with the address and undefined sanitizers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { repository } from '../helpers/tree.ts';

/** Exit code 0, or everything that the program said. */
function passes(command: string, ...args: string[]): void {
  const { status, signal, stdout, stderr } = spawnSync(join(repository, command), args, {
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.equal(status, 0, `${command} ended with ${signal ?? status}:\n${stdout}${stderr}`);
}

describe('the native test programs', () => {
  before(() => passes('packaging/build_native_tests'));

  it('the fast path does what the rest of the core would', () => passes('build/native_test/fast_path_test'));
  it('so does the way that opens plain flows', () => passes('build/native_test/fast_open_test'));
  it('answers have the right bytes at every length', () => passes('build/native_test/answer_test'));
  it('the schedule space gives no entry to two', () => passes('build/native_test/schedule_space_test'));
  it('the virtual server index finds what is in it', () => passes('build/native_test/server_index_test'));
  it('turns of rr and wrr go on as in IPVS', () => passes('build/native_test/turn_test'));
  it("the program's clock is kept with the monotonic one", () =>
    passes('build/native_test/kernel_clock_test'));
  it('buckets of sh, dh and mh are those of IPVS', () => passes('build/native_test/hash_tables_test'));
  it('lblcr keeps its sets whole', () => passes('build/native_test/locality_test'));
  it('templates count their flows when processors meet', () => passes('build/native_test/template_test'));
  it('a line of the flow table is marked while a flow of its lies elsewhere', () =>
    passes('build/native_test/strays_test'));
  it('new flows find their way past overloaded real servers', () => passes('build/native_test/pick_test'));
  it('options are changed by several at once', () => passes('build/native_test/options_test'));

  it('tables are adopted, run out and recover', () => passes('build/native_test/tables_test'));
  it('answers to probes of a VIP are heard, and what only looks like one is not', () =>
    passes('build/native_test/vip_frame_test'));
  it('frames that wait are few, and whose real server may have no more is told', () =>
    passes('build/native_test/held_frames_test'));
  it('claims that a killed thread left are given up', () =>
    passes('build/native_test/abandoned_claims_test'));
  it('tables are whole after a change that was killed at any store', () =>
    passes('build/native_test/killed_test'));
  it('the flow table adds up after threads hammered it', () =>
    passes('build/native_test/stress_flow_table', '8'));
});
