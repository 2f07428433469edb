import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { builtAddon, needs, root } from '../helpers/needs.ts';

const addonModule = new URL('../../src/addon/addon.js', import.meta.url).href;

/** What `body` prints, in a process of its own: its thread is the one that is scheduled. */
function run(body: string, prefix: readonly string[] = []): string[] {
  const code = `
    import { execFileSync } from 'node:child_process';
    import { readFileSync } from 'node:fs';
    import { addon } from '${addonModule}';
    const set = (scheduling) => addon().setThreadScheduling(scheduling);
    const field = (file, name) => {
      const lines = readFileSync('/proc/' + file, 'utf8').split(String.fromCharCode(10));
      const line = lines.find((one) => one.startsWith(name));
      return line.slice(name.length).replace(':', '').replace(/ +/g, ' ').trim();
    };
    // Fields 18, 19, 40, 41 of proc_pid_stat(5): priority, nice value, real-time priority and policy.
    const stat = () => {
      const rest = readFileSync('/proc/thread-self/stat', 'utf8').replace(/.*\\) /, '').split(' ');
      return 'nice ' + rest[16] + ' priority ' + rest[37] + ' policy ' + rest[38];
    };
    const show = (what) => console.log(what);
    ${body}`;
  const [file = '', ...args] = [...prefix, process.execPath, '--input-type=module', '-e', code];
  return execFileSync(file, args, { encoding: 'utf8' }).trimEnd().split('\n');
}

describe('setThreadScheduling', { skip: needs(root, builtAddon), timeout: 300_000 }, () => {
  it('makes the thread real-time, not what it starts, and undoes it', () => {
    assert.deepEqual(
      run(`
        set({ realTime: { priority: 7, limitUs: 2_000_000 } });
        show(stat());
        show(execFileSync('cut', ['-d ', '-f40,41', '/proc/self/stat'], { encoding: 'utf8' }).trim());
        show(field('self/limits', 'Max realtime timeout'));
        set({});
        show(stat());
        show(field('self/limits', 'Max realtime timeout'));`),
      [
        'nice 0 priority 7 policy 2', // SCHED_RR
        '0 0', // SCHED_OTHER
        '2000000 unlimited us',
        'nice 0 priority 0 policy 0',
        'unlimited unlimited us',
      ],
    );
  });

  it('locks no memory that V8 gives back: the kernel refuses that, and V8 would end the process', () => {
    assert.deepEqual(
      run(`
        set({ lockMemory: true });
        for (let n = 1; n < 3_000; n++) new RegExp('a{1,' + n + '}b' + n + '(c|d)*').exec('x'.repeat(50));
        show('alive');`),
      ['alive'],
    );
  });

  it('sets nice value, processors and locked memory, and undoes what is left out next time', () => {
    assert.deepEqual(
      run(`
        const before = field('thread-self/status', 'Cpus_allowed_list');
        set({ nice: -3, processors: [0], lockMemory: true });
        show(stat());
        show(field('thread-self/status', 'Cpus_allowed_list'));
        show(field('self/status', 'VmLck') !== '0 kB');
        set({ nice: 2 });
        show(stat());
        show(field('thread-self/status', 'Cpus_allowed_list') === before);
        set({});
        show(stat());`),
      [
        'nice -3 priority 0 policy 0',
        '0',
        'true',
        'nice 2 priority 0 policy 0',
        'true',
        'nice 0 priority 0 policy 0',
      ],
    );
  });

  it('names the cure where it may not', () => {
    const unprivileged = [
      'setpriv',
      '--bounding-set',
      '-all',
      '--inh-caps',
      '-all',
      '--reuid',
      '65534',
      '--clear-groups',
    ];
    const [realTime = '', nice = '', memory = ''] = run(
      `for (const one of [{ realTime: { priority: 7 } }, { nice: -3 }, { lockMemory: true }])
         try { set(one); show('done'); } catch (error) { show(error.message); }`,
      unprivileged,
    );
    assert.match(realTime, /^set real-time priority 7: Operation not permitted .*CAP_SYS_NICE/);
    assert.match(nice, /^set nice value -3: Permission denied .*LimitNICE=/);
    assert.match(memory, /^lock memory: .*LimitMEMLOCK=/);
    const [processors = ''] = run(
      `try { set({ processors: [1_000] }); } catch (error) { show(error.message); }`,
    );
    assert.match(processors, /^run on processors 1000: Invalid argument .*name at least one that exists/);
  });

  it('refuses what is out of range', () => {
    assert.deepEqual(
      run(`for (const one of [{ realTime: { priority: 100 } }, { nice: 20 }, { processors: [1024] }])
        try { set(one); } catch (error) { show(error.message.replace(/.*scheduling/, '')); }`),
      [
        '.realTime.priority must be an integer from 1 to 99, got 100',
        '.nice must be an integer from -20 to 19, got 20',
        '.processors[0] must be an integer from 0 to 1023, got 1024',
      ],
    );
  });
});
