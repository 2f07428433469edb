import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { builtAddon, needs } from '../helpers/needs.ts';

/** The call as JavaScript could make it, whatever the types say. */
function call(object: object, method: string, ...values: unknown[]): () => unknown {
  const found: unknown = Reflect.get(object, method);
  assert.ok(typeof found === 'function');
  return () => Reflect.apply(found, object, values);
}

function typeError(message: string) {
  return { name: 'TypeError', message, code: 'XLB_ARGUMENT', errno: 0 };
}

describe('a call of the addon', { skip: needs(builtAddon) }, () => {
  it('names a parameter that does not fit and what was expected', () => {
    const announce = 'announce(index: number, address: string, count: number)';
    const index = 'index must be an integer from 1 to 2147483647';
    const cases: readonly [values: unknown[], message: string][] = [
      [[], `${index}, got nothing`],
      [['1', '10.0.0.1', 1], `${index}, got "1"`],
      [[1.5, '10.0.0.1', 1], `${index}, got 1.5`],
      [[Number.NaN, '10.0.0.1', 1], `${index}, got NaN`],
      [[1, '10.0.0', 1], 'address must be an IPv4 or IPv6 address, got "10.0.0"'],
      [[1, 'fe80::1%lo', 1], 'address must be an IPv4 or IPv6 address, got "fe80::1%lo"'],
      [[1, '10.0.0.1\0', 1], 'address must be an IPv4 or IPv6 address, got "10.0.0.1\0"'],
      [[1, '10.0.0.1', 101], 'count must be an integer from 1 to 100, got 101'],
      [[1, '10.0.0.1', Symbol('x')], 'count must be an integer from 1 to 100, got a symbol'],
      [[1, '10.0.0.1', {}], 'count must be an integer from 1 to 100, got an object'],
    ];
    for (const [values, message] of cases)
      assert.throws(call(addon(), 'announce', ...values), typeError(`${announce}: ${message}`));
  });

  it('names the field of an object that does not fit', () => {
    const netlink = new (addon().Netlink)();
    const add = 'addAddress(address: NewAddress)';
    const good = { index: 1, address: '10.0.0.1', prefix: 32 };
    const cases: readonly [value: unknown, message: string][] = [
      [null, 'address must be an object, got null'],
      [{ ...good, prefix: 33 }, 'address.prefix must be an integer from 0 to 32, got 33'],
      [{ ...good, label: 3 }, 'address.label must be a string, got 3'],
      [{ ...good, nodad: 1 }, 'address.nodad must be true or false, got 1'],
      [
        { ...good, broadcast: 'fd00::1' },
        'address.broadcast must be left out, or IPv4 beside an IPv4 address, got "fd00::1"',
      ],
    ];
    for (const [value, message] of cases)
      assert.throws(call(netlink, 'addAddress', value), typeError(`${add}: ${message}`));
    netlink.close();
  });

  it('passes on what a getter of its argument throws', () => {
    const netlink = new (addon().Netlink)();
    const value = {
      get index(): number {
        throw new RangeError('of the getter');
      },
    };
    assert.throws(call(netlink, 'addAddress', value), { name: 'RangeError', message: 'of the getter' });
    netlink.close();
  });

  it('refuses a path with a NUL in it', () => {
    assert.throws(
      call(addon(), 'isBpfFilesystem', '/tmp\0/x'),
      typeError('isBpfFilesystem(path: string): path must be a string without NUL, got "/tmp\0/x"'),
    );
  });

  it('refuses a receiver of another class', () => {
    const netlink = new (addon().Netlink)();
    const monitor = new (addon().NetlinkMonitor)(() => {});
    for (const other of [{}, monitor, undefined])
      assert.throws(() => Reflect.apply(netlink.links, other, []), { name: 'TypeError' });
    monitor.close();
    netlink.close();
  });
});

describe('isBpfFilesystem', { skip: needs(builtAddon) }, () => {
  it('says no of another file system and of what is not there', () => {
    assert.deepEqual(
      ['/proc', '/nonexistent/xlb'].map((path) => addon().isBpfFilesystem(path)),
      [false, false],
    );
  });
});
