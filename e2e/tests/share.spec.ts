// A session as a link and as a file, and the way back: nothing is lost by opening another one.
import { button, expect, test, violations } from '../support/site';
import type { Page } from '@playwright/test';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Share this session' });
const about = (page: Page) => page.getByRole('status', { name: 'About your session' });

async function link(page: Page): Promise<string> {
  await button(page, 'Share').click();
  const text = await dialog(page).getByRole('textbox', { name: 'Link to this session' }).inputValue();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  return text;
}

test('a link holds the whole session, and is copied', async ({ site, page, context, browser, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await site.ready();
  await site.outputOf('etcdctl put greeting $RANDOM');
  const [value] = await site.outputOf('etcdctl get greeting --print-value-only');
  await button(page, 'Share').click();
  expect(await violations(page)).toEqual([]);
  await button(page, 'Copy the link').click();
  await expect(dialog(page).getByRole('status')).toHaveText('The link is copied.');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('#s=');

  const elsewhere = await (await browser.newContext({ baseURL })).newPage();
  await elsewhere.goto(copied);
  const log = elsewhere.getByRole('log', { name: 'Console output' });
  await expect(log).toContainText('etcdctl get greeting', { timeout: 30_000 });
  await expect(log).toContainText(value);
  // Once opened it is a session like any other: the address no longer holds it.
  await expect(elsewhere).not.toHaveURL(/#s=/);
  await elsewhere.context().close();
});

test('opening a link puts what was done here aside, from where it is brought back', async ({ site, page }) => {
  await site.ready();
  await site.outputOf('etcdctl put mine first');
  const first = await link(page);
  await button(page, 'New cluster').click();
  await page.getByRole('dialog', { name: 'New cluster' }).getByRole('button', { name: 'Start' }).click();
  await site.answers();
  await site.outputOf('etcdctl put mine second');

  await page.evaluate((address) => (location.href = address), first);
  await expect(about(page)).toContainText('put aside');
  await site.answers();
  expect(await site.outputOf('etcdctl get mine --print-value-only')).toEqual(['first']);
  await button(page, 'Share').click();
  await dialog(page).getByRole('button', { name: 'Bring it back' }).click();
  await expect(dialog(page)).toBeHidden();
  await site.answers();
  expect(await site.outputOf('etcdctl get mine --print-value-only')).toEqual(['second']);
});

test('a link that is no session is refused in words, and nothing changes', async ({ site, page }) => {
  await site.ready();
  await site.outputOf('etcdctl put mine kept');
  for (const [fragment, words] of [
    ['#s=%20', 'not a stored session'],
    ['#s=AAAA', 'another version'],
    [`#s=${'A'.repeat(100_000)}`, 'longer than'],
  ]) {
    await page.evaluate((hash) => (location.hash = hash), fragment);
    await expect(about(page)).toContainText(words);
  }
  expect(await site.outputOf('etcdctl get mine --print-value-only')).toEqual(['kept']);
});

test('a session goes out as a file and comes back', async ({ site, page }) => {
  await site.ready();
  await site.outputOf('etcdctl put mine kept');
  await button(page, 'Share').click();
  const download = page.waitForEvent('download');
  await button(page, 'Download it as a file').click();
  const file = await (await download).path();
  const choose = page.getByLabel('Open a file');
  await choose.setInputFiles({ name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.from('no session') });
  await expect(dialog(page).getByRole('status')).toContainText('not a stored session');
  await choose.setInputFiles(file);
  await expect(dialog(page)).toBeHidden();
  await site.answers();
  expect(await site.outputOf('etcdctl get mine --print-value-only')).toEqual(['kept']);
});
