import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Diagnostic, Severity } from '../../src/config/diagnostic.ts';
import { configurationReader, summary } from '../../src/daemon/configuration.ts';
import { configOf, span } from '../helpers/sample_config.ts';

function diagnostic(severity: Severity): Diagnostic {
  return { code: 'BAD_VALUE', severity, at: span, message: 'Cannot use "x"' };
}

describe('a configuration', () => {
  it('runs with warnings, which are shown', () => {
    const shown: string[] = [];
    const config = configOf([]);
    const load = () => ({ config, diagnostics: [diagnostic('warning')] });
    const reader = configurationReader({ load, validateAgainstHost: () => [] }, (text) => shown.push(text));
    assert.equal(reader.read('test.conf'), config);
    assert.deepEqual(shown, ['test.conf:1:1: warning: Cannot use "x" [BAD_VALUE]']);
  });

  it('does not run with an error, nor on a host that lacks what it names', () => {
    const load = () => ({ diagnostics: [diagnostic('error')] });
    const validateAgainstHost = () => [diagnostic('error')];
    const reader = configurationReader({ load, validateAgainstHost }, () => undefined);
    assert.deepEqual([reader.read('test.conf'), reader.fitsHost(configOf([]), [])], [undefined, false]);
  });

  it('is summed up in a few words', () => {
    assert.deepEqual([[], [diagnostic('error'), diagnostic('note'), diagnostic('note')]].map(summary), [
      'nothing to report',
      '1 error, 2 notes',
    ]);
  });
});
