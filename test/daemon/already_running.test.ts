import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alreadyRunning, type Holder } from '../../src/daemon/already_running.ts';
import { instancePaths } from '../../src/daemon/paths.ts';

describe('where another director runs already', () => {
  const said = (attempt: 'run' | 'clean up', paths: [string, string?], holder: Holder) => {
    const { help, message } = alreadyRunning(attempt, instancePaths(...paths), holder);
    return [message, help];
  };

  it('another instance has the run directory', () => {
    assert.deepEqual(said('run', ['two', '/run/x'], { pid: 123, instance: 'default' }), [
      'Cannot run instance "two" in /run/x: process 123 runs instance "default" there',
      'stop that one first: kill 123; or give this one --run-dir DIR of its own',
    ]);
  });

  it('the same instance needs another name, and a directory where one was given', () => {
    assert.deepEqual(said('run', ['default'], { pid: 123, instance: 'default' }), [
      'Cannot run instance "default" in /run/xlb: process 123 runs it already',
      'stop that one first: kill 123; or give this one --instance NAME of its own',
    ]);
    assert.deepEqual(said('run', ['two', '/run/x'], { pid: 123, instance: 'two' }), [
      'Cannot run instance "two" in /run/x: process 123 runs it already',
      'stop that one first: kill 123; or give this one --instance NAME and --run-dir DIR of its own',
    ]);
  });

  it('the same instance has the tables, with another run directory', () => {
    assert.deepEqual(said('run', ['default', '/run/x'], { pid: 123, elsewhere: true }), [
      'Cannot run instance "default" in /run/x: process 123 runs it already, with another run directory',
      'stop that one first: kill 123; or give this one --instance NAME of its own',
    ]);
  });

  it('one that does not answer, or cannot be seen, is told as that', () => {
    assert.deepEqual(said('run', ['two', '/run/x'], { pid: 0 }), [
      'Cannot run instance "two" in /run/x: another process runs a director there',
      'stop that one first; or give this one --instance NAME and --run-dir DIR of its own',
    ]);
  });

  it('nothing of it is cleaned up', () => {
    assert.deepEqual(said('clean up', ['two', '/run/x'], { pid: 123, instance: 'default' }), [
      'Cannot clean up instance "two" in /run/x: process 123 runs instance "default" there',
      'stop that one first: kill 123',
    ]);
  });
});
