/** The page in a real browser, fed by a server that says what a test wants. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { WeightOrder } from '../../src/control/weight.ts';
import { pause } from '../../src/demo/pause.ts';
import { duration } from '../../src/web/view/words.ts';
import { browserInstalled, screenshotPath, startBrowser } from '../helpers/browser.ts';
import { needs } from '../helpers/needs.ts';
import { PageServer, type PageWorld } from '../helpers/page_server.ts';
import { destination, down, drained, hour, pageStatus, virtualServer } from '../helpers/page_status.ts';

const pool = [destination('10.0.0.11', { active: 3, inactive: 4 }), destination('10.0.0.12')];
const two = pageStatus([virtualServer('10.0.0.1', pool)]);
const oneDown = (why: string) =>
  pageStatus([virtualServer('10.0.0.1', [pool[0] ?? assert.fail(), destination('10.0.0.12', down(why))])]);
const MOST_BYTES = 150 * 1024;

/** A browser that has lost its process ends by itself, when it comes to it. */
function runningIn(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // it has ended
    }
  });
}

it('a browser whose process is killed leaves nothing', {
  skip: needs(browserInstalled),
  timeout: 300_000,
}, async () => {
  const child = spawn(process.execPath, [
    fileURLToPath(new URL('../helpers/browser_child.js', import.meta.url)),
  ]);
  const left = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`xlb-browser-${child.pid}-`)).length;
  await once(child.stdout, 'data');
  const running = left();
  child.kill('SIGKILL');
  await once(child, 'close');
  const killed = left();
  while (runningIn(`xlb-browser-${child.pid}-`)) await pause(50);
  await (await startBrowser()).close();
  assert.deepEqual([running, killed, left()], [1, 1, 0]);
});

describe('the status page', { skip: needs(browserInstalled), timeout: 300_000 }, () => {
  let browser: Browser;
  let server: PageServer | undefined;
  const complaints: string[] = [];

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.close();
    assert.deepEqual(complaints.splice(0), []);
  });

  /** The page over this world. What a browser complains about fails the test: errors, and what the policy forbids. */
  async function open(world: Partial<PageWorld> = {}, options: BrowserContextOptions = {}): Promise<Page> {
    server = new PageServer({ status: two, history: hour(), ...world });
    const url = await server.listen();
    const page = await (
      await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    ).newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // That an answer was 401 or did not come is told there, too.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load'))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  const rows = (page: Page) => page.locator('#list [role=row]');
  const summary = (page: Page) => page.locator('#summary-text');
  /** It has the stream: before, what is sent would reach nobody. */
  const live = (page: Page) => page.locator('#feed.live').waitFor();
  const until = (page: Page, text: string) => page.getByText(text).first().waitFor();

  it('says how the director is, and has each virtual server with its real servers', async () => {
    const page = await open();
    await rows(page).nth(2).waitFor();
    assert.deepEqual(
      [await summary(page).textContent(), await page.title(), await rows(page).allInnerTexts()]
        .flat()
        .map((text) => words(text ?? '')),
      [
        'The virtual server is up · MASTER of VI_1 · all 2 real servers up',
        'The virtual server is up · MASTER of VI_1 · all 2 real servers up – xlb default',
        'up TCP 10.0.0.1:80 wlc 2/2 3',
        `up 10.0.0.11:80 1 3 0.4 ms ${ageOf(pool)}`,
        `up 10.0.0.12:80 1 0 0.4 ms ${ageOf(pool)}`,
      ],
    );
    await until(page, 'VI_1');
    await page.locator('.virtual .spark path[d^=M]').first().waitFor();
    await until(page, 'native XDP');
  });

  it('changes when a real server dies, and says why', async () => {
    const page = await open();
    await rows(page).nth(2).waitFor();
    server?.tell(oneDown('HTTP_GET: wrong status: 503'));
    await until(page, 'HTTP_GET: wrong status: 503');
    assert.deepEqual(
      [await summary(page).textContent(), words(await rows(page).nth(2).innerText())],
      [
        '1 of 2 real servers down · The virtual server is up · MASTER of VI_1',
        `down 10.0.0.12:80 HTTP_GET: wrong status: 503 0.4 ms ${ageOf(pool)}`,
      ],
    );
  });

  it('shows what a hostile server answers as text, and runs nothing of it', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const event = { at: new Date(0).toISOString(), kind: 'real_server_down', text: hostile };
    const page = await open({ status: oneDown(`HTTP_GET: ${hostile}`), events: [event] });
    await until(page, hostile);
    await live(page);
    server?.send('event', { ...event, at: new Date(1).toISOString() });
    await page.locator('#events li').nth(1).waitFor();
    await rows(page).nth(2).click();
    await page.locator('#details').getByText(hostile).waitFor();
    assert.deepEqual(
      [
        await page.locator('img, main script, dialog script').count(),
        await page.title(),
        server?.asked.includes('/x'),
      ],
      [0, '⚠ 1 of 2 real servers down · The virtual server is up · MASTER of VI_1 – xlb default', false],
    );
  });

  it('asks for the last events where the stream has left some out', async () => {
    const page = await open({ events: [] });
    await live(page);
    if (server !== undefined)
      server.world.events = [{ at: new Date(0).toISOString(), kind: 'real_server_up', text: 'the last one' }];
    server?.send('left_out', { events: 37 });
    await page.locator('#events').getByText('the last one').waitFor();
  });

  it('keeps the events of a later answer where an earlier one comes after it', async () => {
    let release = () => {};
    const holdsEvents = new Promise<void>((resolve) => {
      release = resolve;
    });
    const page = await open({ events: [], holdsEvents });
    await live(page);
    if (server !== undefined)
      server.world.events = [{ at: new Date(0).toISOString(), kind: 'real_server_up', text: 'the last one' }];
    server?.send('left_out', { events: 37 });
    const last = page.locator('#events').getByText('the last one');
    await last.waitFor();
    const earlier = page.waitForEvent('requestfinished', (request) =>
      request.url().includes('/api/v1/events'),
    );
    release();
    await earlier;
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
    assert.equal(await last.count(), 1);
  });

  it('keeps the events that the stream tells while an answer is under way, and where there is none', async () => {
    let release = () => {};
    const holdsEvents = new Promise<void>((resolve) => {
      release = resolve;
    });
    const event = { at: new Date(0).toISOString(), kind: 'real_server_up', text: 'meanwhile' };
    const page = await open({ events: [{ ...event, text: 'before' }], holdsEvents });
    await live(page);
    server?.send('event', event);
    await page.locator('#events').getByText('meanwhile').waitFor();
    release();
    await page.locator('#events').getByText('before').waitFor();
    if (server !== undefined) server.world.token = 'another one';
    const refused = page.waitForResponse((response) => response.status() === 401);
    server?.send('left_out', { events: 37 });
    await refused;
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
    assert.deepEqual(
      (await page.locator('#events li').allInnerTexts()).map((text) => words(text).replace(/^\S+ /, '')),
      ['meanwhile', 'before'],
    );
  });

  it('drains a real server when that was confirmed, and only then', async () => {
    const orders: WeightOrder[] = [];
    const page = await open({ actions: true, onWeight: (order) => orders.push(order) });
    await rows(page).nth(1).getByText('Drain').click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await rows(page).nth(1).getByText('Drain').click();
    await page.locator('#question').getByRole('button', { name: 'Drain' }).click();
    await until(page, '10.0.0.11:80 is drained');
    server?.tell(pageStatus([virtualServer('10.0.0.1', [destination('10.0.0.11', drained)])]));
    await rows(page).nth(1).getByText('Undrain').click();
    await page.locator('#question').getByRole('button', { name: 'Undrain' }).click();
    await until(page, 'has its own weight again');
    const order = { virtualServer: 'tcp:10.0.0.1:80', realServer: '10.0.0.11:80' };
    assert.deepEqual(orders, [
      { ...order, weight: 0 },
      { ...order, weight: null },
    ]);
  });

  it('gives a real server the weight that was typed, and none where nothing was', async () => {
    const orders: WeightOrder[] = [];
    const status = oneDown('TCP_CHECK: no answer in time');
    const page = await open({ status, actions: true, onWeight: (order) => orders.push(order) });
    await rows(page).nth(2).click();
    const setWeight = page.getByRole('button', { name: 'Set weight' });
    await setWeight.click();
    await page.getByRole('spinbutton', { name: 'Weight' }).fill('7');
    await setWeight.click();
    await until(page, '10.0.0.12:80 has weight 7');
    assert.deepEqual(orders, [{ virtualServer: 'tcp:10.0.0.1:80', realServer: '10.0.0.12:80', weight: 7 }]);
  });

  it('offers no action where the director allows none', async () => {
    const page = await open();
    await rows(page).nth(1).click();
    await page.locator('#details').getByText('Went up and down').waitFor();
    assert.equal(await page.getByRole('button', { name: /Drain|Set weight/ }).count(), 0);
  });

  it('asks for a token where one is needed, and forgets it with the tab', async () => {
    const page = await open({ token: 'secret' });
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong');
    await page.getByRole('button', { name: 'Use it' }).click();
    await until(page, 'That was not the right one');
    await page.getByRole('textbox', { name: 'Token' }).fill('secret');
    await page.getByRole('button', { name: 'Use it' }).click();
    await rows(page).nth(2).waitFor();
    const kept = await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]');
    assert.deepEqual(kept, [1, 0, '']);
  });

  it('asks again and again where there is no stream', async () => {
    const page = await open({ stream: false });
    await until(page, 'every 2 s');
    if (server !== undefined) server.world.status = oneDown('TCP_CHECK: no answer in time');
    await until(page, 'TCP_CHECK: no answer in time');
  });

  it('says that the director does not answer any more, and takes nothing old for new', async () => {
    const page = await open();
    await until(page, 'live');
    if (server !== undefined) server.world.silent = true;
    server?.hangUp();
    await until(page, 'The director does not answer');
    assert.deepEqual(
      [await page.locator('#feed-text').textContent(), await page.locator('#banner').isVisible()],
      ['no answer', true],
    );
    if (server !== undefined) server.world.silent = false;
    await page.locator('#banner').waitFor({ state: 'hidden' });
  });

  it('is used with keys: / searches, arrows move, Enter looks closer, Escape goes back', async () => {
    const page = await open();
    await rows(page).nth(2).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('0.12');
    await rows(page).nth(2).waitFor({ state: 'detached' });
    const found = (await rows(page).allInnerTexts()).map((text) => words(text).split(' ')[1]);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const title = await page.locator('#details-title').textContent();
    await page.keyboard.press('Escape');
    assert.deepEqual(
      [found, title, await page.locator('#details').isVisible()],
      [['TCP', '10.0.0.12:80'], '10.0.0.12:80', false],
    );
  });

  it('has ten thousand real servers, and elements for what is on the screen only', async () => {
    const page = await open({ status: big() });
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'Open all' }).click();
    await page.keyboard.press('End');
    await page.mouse.wheel(0, 1e7);
    await page.locator('#list').getByText('10.2.9.231:80').waitFor();
    assert.deepEqual(
      [(await rows(page).count()) < 80, await page.locator('#list').getAttribute('aria-rowcount')],
      [true, '11000'],
    );
  });

  it('is small, and asks nobody but its own director', async (test) => {
    const page = await open();
    await rows(page).nth(2).waitFor();
    const bytes = await page.evaluate(() =>
      performance
        .getEntries()
        .flatMap((one) => (one instanceof PerformanceResourceTiming ? one : []))
        .filter(({ name }) => !name.includes('/api/'))
        .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
    );
    const paint = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
    );
    // A figure, no limit: a busy machine paints late.
    test.diagnostic(`first paint after ${Math.round(paint)} ms, ${bytes} bytes`);
    assert.ok(bytes > 10_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [390, 1280, 2560])
      it(`fits a screen that is ${width} wide, ${colorScheme}: build/screenshots`, async () => {
        const height = width === 390 ? 844 : Math.round((width * 9) / 16);
        const status = oneDown('HTTP_GET: wrong status: 503');
        const page = await open({ status, actions: true }, { colorScheme, viewport: { width, height } });
        await rows(page).nth(2).waitFor();
        await page.locator('.tile canvas').first().waitFor();
        await page.screenshot({ path: screenshotPath(`page_${width}_${colorScheme}`) });
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      });
});

/** A thousand virtual servers with ten real servers each. */
function big() {
  const servers = Array.from({ length: 1000 }, (_, at) =>
    virtualServer(
      `10.1.${at >> 8}.${at & 255}`,
      Array.from({ length: 10 }, (__, last) => destination(`10.2.${last}.${at & 255}`)),
    ),
  );
  return pageStatus(servers);
}

/** What is read in a row, as one line. */
function words(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(' ');
}

function ageOf([first]: typeof pool): string {
  return duration(Date.now() - Date.parse(first?.since ?? ''));
}
