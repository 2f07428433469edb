/** The status page of a real director, in a real browser that stands beside it in the lab. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { browserInstalled, screenshotPath, startBrowser } from '../helpers/browser.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { needs, system } from '../helpers/needs.ts';
import { kill, startAllNginx, startNginx } from '../helpers/peers.ts';

const vip = '10.77.0.100';
const token = 'a-token-of-the-lab-0123456789';
const skip = system('nginx', 'curl') || needs(browserInstalled);

describe('the status page of a director', { skip, timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let nginx: ChildProcess[];
  let browser: Browser;
  let page: Page;

  before(async () => {
    lab = await createLab({ name: 'page', vips: [vip], realServers: 2 });
    nginx = await startAllNginx(lab);
    const tokenFile = join(lab.directory, 'token');
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const global = ['xlb_http 127.0.0.1 9112', `xlb_http_token ${tokenFile}`, 'xlb_http_actions'];
    director = await Director.start(
      lab,
      keepalivedConf({ vips: [vip], global, servers: [{ at: `${vip} 80`, pool }] }),
    );
    browser = await startBrowser({ namespace: lab.director.namespace, directory: lab.directory });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(30_000);
  });
  after(async () => {
    await browser?.close();
    await lab?.close();
  });

  const row = (address: string) => page.locator('#list [role=row]', { hasText: `${address}:80` });
  const until = async (address: string, word: string) =>
    row(address).locator('.state', { hasText: word }).waitFor();

  it('shows its servers to whoever has the token', async () => {
    await page.goto('http://127.0.0.1:9112/');
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.getByRole('button', { name: 'Use it' }).click();
    for (const { ipv4 } of lab.realServers) await until(ipv4, 'up');
    await page.getByText('live', { exact: true }).waitFor();
    assert.equal(
      await page.locator('#summary-text').textContent(),
      'The virtual server is up · MASTER of system · all 2 real servers up',
    );
  });

  it('counts what clients send', async () => {
    await lab.run(lab.client, ['curl', '-s', '-m', '2', `http://${vip}/`]);
    await page.locator('#path dt:has-text("Forwarded") + dd', { hasText: /^[1-9]/ }).waitFor();
    await page.locator('.tile canvas').first().waitFor();
  });

  it('changes when a real server dies, says why, and tells of it among the events', async () => {
    const [, victim = assert.fail()] = lab.realServers;
    await kill(nginx[1] ?? assert.fail());
    await until(victim.ipv4, 'down');
    await row(victim.ipv4).locator('.remark', { hasText: 'TCP_CHECK' }).waitFor();
    await page.locator('#events li', { hasText: victim.ipv4 }).first().waitFor();
    await row(victim.ipv4).click();
    await page.locator('#details').getByText('TCP_CHECK fails').waitFor();
    await page.screenshot({ path: screenshotPath('director_1280_light') });
    await page.keyboard.press('Escape');
    await startNginx(lab, victim);
    await until(victim.ipv4, 'up');
  });

  it('drains a real server', async () => {
    const [, chosen = assert.fail()] = lab.realServers;
    await row(chosen.ipv4).getByText('Drain').click();
    await page.locator('#question').getByRole('button', { name: 'Drain' }).click();
    await until(chosen.ipv4, 'drained');
    const [server] = (await director.status()).virtual_servers;
    assert.deepEqual(
      server?.destinations.map(({ weight }) => weight),
      [1, 0],
    );
  });

  it('says that the director does not answer when it is killed, and comes back with it', async () => {
    await director.end('SIGKILL');
    await page.locator('#banner').waitFor();
    await director.start();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await page.getByText('live', { exact: true }).waitFor();
  });
});
