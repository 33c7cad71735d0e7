// axe on every page, light and dark, and on what opens over them.
import { readdirSync } from 'node:fs';
import { expect, test, violations } from '../support/site';

const notes = readdirSync(new URL('../../content/notes', import.meta.url)).filter((name) => name.endsWith('.md'));

test('the page has two looks, and neither has violations, wherever one is', async ({ site, page }) => {
  await site.ready();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    seen.add(await background());
  }
  expect(seen.size).toBe(2);
  for (const place of ['Notes', 'Labs', 'Cluster', 'Console', 'Tour']) {
    await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: place, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    expect(await violations(page), place).toEqual([]);
  }
  await site.open('nowhere');
  await expect(page.getByRole('heading', { level: 1, name: 'There is no such page' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('no note has violations', async ({ site, page }) => {
  test.setTimeout(300_000);
  // What has to be scrolled to axe does not see: the window is as high as a long note.
  await page.setViewportSize({ width: 1280, height: 9_000 });
  await site.open();
  const links = page.getByRole('navigation', { name: 'Notes' }).locator('a[href*="/notes/"]');
  // The list that came with the page is drawn anew when the site's code takes over.
  await expect(site.input).toBeVisible();
  await expect(links).toHaveCount(notes.length);
  for (const link of await links.all()) {
    const title = (await link.textContent()) ?? '';
    await link.click();
    await expect(page.getByRole('heading', { level: 1, name: title, exact: true })).toBeVisible();
    // What is around it is the same everywhere.
    expect(await violations(page, '.note'), title).toEqual([]);
  }
});

test('an open panel and a used console have no violations', async ({ site, page }) => {
  await site.ready();
  await site.inspect(await site.leader());
  await site.outputOf('etcdctl put a b; frobnicate');
  expect(await violations(page)).toEqual([]);
});

test('a phone has no violations', async ({ site, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await site.open();
  for (const tab of ['Notes', 'Cluster', 'Console']) {
    await page.getByRole('tab', { name: tab, exact: true }).click();
    expect(await violations(page), tab).toEqual([]);
  }
});
